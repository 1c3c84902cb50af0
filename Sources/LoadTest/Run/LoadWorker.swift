/// A part of the load generator that works on its own once it has begun: in this process, in another, on another machine.
public protocol LoadWorker: Sendable {
    var name: String { get }

    /// Begins to prepare. The events end when the worker does, in order or not; the last one in order is `finished`.
    func prepare() async throws -> AsyncStream<WorkerEvent>

    /// Instant 0 of the schedule, in microseconds since 1970.
    func start(atEpochMicroseconds: Int64) async

    /// No more arrivals; what is under way ends in order.
    func stop() async

    /// Ends it at once. Its events end, too.
    func kill() async
}
