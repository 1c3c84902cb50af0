internal import Foundation
internal import NIOCore
internal import NIOPosix

/// A worker in this process: event loops that generate, and one task that gathers what they measured.
public final class LoadEngine: LoadWorker {
    public let name: String
    private let order: WorkerOrder
    private let secret: [UInt8]?
    private let group: MultiThreadedEventLoopGroup
    private let loops: RunningLoops
    private let parts: AsyncStream<WindowPart>
    private let partsInput: AsyncStream<WindowPart>.Continuation
    private let events: AsyncStream<WorkerEvent>
    private let eventsInput: AsyncStream<WorkerEvent>.Continuation

    /// `secret`: for reports of payments; nil: buyers must not pay.
    public init(_ order: WorkerOrder, secret: [UInt8]?, name: String = "this process") {
        self.name = name
        self.order = order
        self.secret = secret
        group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, order.loops))
        loops = RunningLoops()
        (parts, partsInput) = AsyncStream.makeStream()
        (events, eventsInput) = AsyncStream.makeStream()
    }

    public func prepare() async throws -> AsyncStream<WorkerEvent> {
        if order.isPaid, secret == nil {
            throw LoadTestError(
                .worker, "buyers are to report payments, but \(WorkerOrder.secretVariable) is not set",
                next: "give the worker the secret, or leave payments out")
        }
        let publicEndpoint = try Endpoint(order.publicURL)
        let confirmEndpoint = try Endpoint(order.confirmURL)
        let publicResolution = try await offloaded { try Resolution(publicEndpoint) }
        let confirmResolution = try await offloaded { try Resolution(confirmEndpoint) }
        let usesTLS = publicEndpoint.isTLS || confirmEndpoint.isTLS
        let tls = usesTLS ? try ClientTLS.context(authorityFile: order.authorityFile) : nil
        let history = try order.historyPath.map(HistoryWriter.init)
        let plan = ArrivalPlan(order.scenario, seed: order.seed, isPaid: order.isPaid)
        let settings = (0..<max(1, order.loops)).map { index in
            LoadLoop.Settings(
                scenario: order.scenario, plan: plan, share: order.share.part(index, of: max(1, order.loops)),
                runID: order.runID, publicEndpoint: publicEndpoint, confirmEndpoint: confirmEndpoint,
                publicResolution: publicResolution, confirmResolution: confirmResolution, tls: tls,
                webhookSecret: order.isPaid ? secret : nil)
        }
        let partsInput = partsInput
        for (loop, settings) in zip(group.makeIterator(), settings) {
            let bound = try await loop.submit {
                NIOLoopBound(LoadLoop(loop, settings) { partsInput.yield($0) }, eventLoop: loop)
            }.get()
            loops.append(loop, bound)
        }
        Task { [self] in await gather(history, refreshing: [publicResolution, confirmResolution]) }
        eventsInput.yield(.ready)
        return events
    }

    public func start(atEpochMicroseconds epoch: Int64) async {
        let now = Int64(Date().timeIntervalSince1970 * 1e6)
        let begin = NIODeadline.now() + .microseconds(epoch - now)
        loops.each { $0.start(at: begin) }
    }

    public func stop() async { loops.each { $0.stop() } }

    public func kill() async {
        partsInput.finish()
        eventsInput.finish()
        await shutDown()
    }

    private func shutDown() async {
        // Connections that are closed by the end of their event loop must not be opened again.
        loops.endAll()
        try? await group.shutdownGracefully()
    }

    /// Blocks every event loop, as a machine does that has too little CPU.
    func holdUp(for duration: Duration) {
        loops.each { _ in usleep(UInt32(duration / .microseconds(1))) }
    }

    /// Makes windows of the loops' parts; a window is complete when every loop that still works has given its part.
    private func gather(_ history: HistoryWriter?, refreshing resolutions: [Resolution]) async {
        let refreshing = Task {
            while !Task.isCancelled {
                try await Task.sleep(for: .nanoseconds(Resolution.interval.nanoseconds))
                for resolution in resolutions { try? await offloaded { resolution.refresh() } }
            }
        }
        defer { refreshing.cancel() }
        var waiting: [Int: [WindowPart]] = [:]
        var working = max(1, order.loops)
        var ended: [Int: Int] = [:]
        var next = 0
        var cpu = Self.cpuSeconds
        for await part in parts {
            waiting[part.second, default: []].append(part)
            if part.isLast { ended[part.second, default: 0] += 1 }
            while let parts = waiting[next], parts.count == working {
                waiting[next] = nil
                working -= ended[next] ?? 0
                let total = Self.cpuSeconds
                eventsInput.yield(.window(Window(second: next, parts, cpuSeconds: total - cpu)))
                cpu = total
                do {
                    for part in parts { try history?.write(part.history) }
                } catch {
                    eventsInput.yield(.failed(error))
                    return await kill()
                }
                next += 1
            }
            if working == 0 { break }
        }
        if working == 0 {
            do {
                eventsInput.yield(.finished(historyBytes: try history?.close() ?? 0))
            } catch {
                eventsInput.yield(.failed(error))
            }
        }
        eventsInput.finish()
        await shutDown()
    }

    /// User and system time of this process.
    private static var cpuSeconds: Double {
        var usage = rusage()
        guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}

/// Runs what blocks on a thread where it may.
func offloaded<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await NIOThreadPool.singleton.runIfActive(body)
}
