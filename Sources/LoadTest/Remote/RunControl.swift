internal import AWSCore
internal import Foundation
internal import Synchronization

/// What the coordinator wants of all workers. It is renewed all the time: workers whose coordinator has died end.
struct RunControl: Codable, Equatable {
    /// Another one in every renewal.
    var beat = 0
    /// Instant 0 of the schedule, in microseconds since 1970.
    var start: Int64?
    var shouldStop = false
}

/// Puts the run's `RunControl` where workers look for it.
final class ControlWriter: Sendable {
    static let interval: Duration = .seconds(5)
    /// Without a new beat for so long a worker stops by itself: a dozen were missed.
    static let silence: Duration = .seconds(60)

    private let objects: any RunObjects
    private let time: TimeSource
    private let control = Mutex(RunControl())
    private let beating = Mutex<[Task<Void, Never>]>([])
    private let renewals: AsyncStream<Void>
    private let renew: AsyncStream<Void>.Continuation

    init(_ objects: any RunObjects, time: TimeSource) {
        self.objects = objects
        self.time = time
        (renewals, renew) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Puts the first one, and goes on until `end`.
    func begin() async throws {
        try await put()
        let (time, renew, renewals) = (time, renew, renewals)
        let ticking = Task {
            while (try? await time.sleep(Self.interval)) != nil { renew.yield() }
        }
        // One after the other, so that an old one never replaces a newer one. One that fails is made up by the next.
        let writing = Task { [self] in
            for await _ in renewals where !Task.isCancelled { try? await put() }
        }
        beating.withLock { $0 = [ticking, writing] }
    }

    func start(atEpochMicroseconds epoch: Int64) { change { $0.start = epoch } }

    func stop() { change { $0.shouldStop = true } }

    func end() { beating.withLock { $0.forEach { $0.cancel() } } }

    private func change(_ body: (inout RunControl) -> Void) {
        let hasChanged = control.withLock { control in
            let before = control
            body(&control)
            return control != before
        }
        if hasChanged { renew.yield() }
    }

    private func put() async throws {
        let next = control.withLock { control in
            control.beat += 1
            return control
        }
        try await objects.put(try JSONEncoder().encode(next), at: RunObjectName.control)
    }
}
