public import AWSCore
internal import Foundation
internal import Synchronization

/// A run whose workers are on other machines: they take their orders from objects, and leave there what they measure.
public final class RemoteRun: Sendable {
    /// How often a worker's next word is looked for.
    static let look: Duration = .seconds(1)
    /// The objects may be out of reach for so long: workers still hear the beats from before.
    static let outage: Duration = .seconds(45)

    let objects: any RunObjects
    let tasks: any WorkerTasks
    let control: ControlWriter
    let time: TimeSource
    public let workers: [RemoteWorker]

    public init(
        _ order: WorkerOrder, count: Int, objects: any RunObjects, tasks: any WorkerTasks, time: TimeSource = .system
    ) {
        self.objects = objects
        self.tasks = tasks
        self.time = time
        let control = ControlWriter(objects, time: time)
        self.control = control
        workers = (0..<count).map { index in
            RemoteWorker(
                order.part(index, of: count), index: index, objects: objects, tasks: tasks, control: control, time: time
            )
        }
    }

    /// Begins to renew the workers' orders.
    /// - Throws: what is wrong with the place of the objects.
    public func begin() async throws { try await control.begin() }

    /// Ends what still runs.
    /// - Returns: what cannot be ended, in words.
    public func end() async -> [String] {
        control.end()
        return await withTaskGroup(of: String?.self) { group in
            for worker in workers { group.addTask { await worker.end().map { "\($0)" } } }
            return await group.reduce(into: []) { $0 += $1.map { [$0] } ?? [] }
        }
    }

    /// Writes the workers' histories to files, one each; one that was lost leaves what it could put.
    /// - Returns: what is missing, in words.
    public func collectHistories(to paths: [String]) async -> [String] {
        var lacks: [String] = []
        for (worker, path) in zip(workers, paths) {
            do {
                try await worker.collectHistory(to: path)
            } catch {
                lacks.append("the purchases of \(worker.name) are not known: \(error)")
            }
        }
        return lacks
    }
}

/// A worker that a `WorkerSite` serves elsewhere.
public final class RemoteWorker: LoadWorker {
    public let name: String
    private let order: WorkerOrder
    private let index: Int
    private let objects: any RunObjects
    private let tasks: any WorkerTasks
    private let control: ControlWriter
    private let time: TimeSource

    private struct State {
        var starting: Task<Void, any Error>?
        var following: Task<Void, Never>?
        /// Once it said that it is done.
        var historyBytes: Int?
    }
    private let state = Mutex(State())

    init(
        _ order: WorkerOrder, index: Int, objects: any RunObjects, tasks: any WorkerTasks, control: ControlWriter,
        time: TimeSource
    ) {
        name = "worker \(index + 1)"
        self.order = order
        self.index = index
        self.objects = objects
        self.tasks = tasks
        self.control = control
        self.time = time
    }

    /// Its events begin at once; that it cannot be started is one of them.
    public func prepare() async throws -> AsyncStream<WorkerEvent> {
        let (events, output) = AsyncStream<WorkerEvent>.makeStream()
        let starting = Task { [self] in
            try await objects.put(try JSONEncoder().encode(order), at: RunObjectName.order(index))
            try await tasks.start(index)
        }
        let following = Task { [self] in
            do {
                try await starting.value
                try await follow(output)
            } catch is CancellationError {
            } catch {
                output.yield(.failed(LoadTestError(worker: name, error)))
            }
            output.finish()
        }
        state.withLock {
            $0.starting = starting; $0.following = following
        }
        return events
    }

    public func start(atEpochMicroseconds epoch: Int64) async { control.start(atEpochMicroseconds: epoch) }

    public func stop() async { control.stop() }

    /// One that is done ends by itself.
    public func kill() async {
        state.withLock { $0.following }?.cancel()
        if state.withLock({ $0.historyBytes }) == nil { _ = await end() }
    }

    /// What was begun is waited for: a task that is being started could not be stopped.
    func end() async -> LoadTestError? {
        guard let starting = state.withLock({ $0.starting }) else { return nil }
        _ = await starting.result
        return await tasks.stop(index)
    }

    // MARK: - What it says

    /// Tells of the worker's events one object after the other until its last word.
    private func follow(_ output: AsyncStream<WorkerEvent>.Continuation) async throws {
        var number = 0
        var failingSince: Duration?
        while true {
            try Task.checkCancellation()
            // Asked first: what the task put before it ended is there.
            let end = await tasks.end(of: index)
            do {
                let data = try await objects.get(RunObjectName.events(index, number))
                failingSince = nil
                if let data {
                    if try tell(data, to: output) { return }
                    number += 1
                    continue
                }
            } catch let error as AWSError where error.isDenial {
                throw error
            } catch let error where !(error is LoadTestError || error is CancellationError) {
                let now = time.uptime()
                guard now - (failingSince ?? now) < RemoteRun.outage else { throw error }
                failingSince = failingSince ?? now
            }
            if let end, failingSince == nil { throw end }
            try await time.sleep(RemoteRun.look)
        }
    }

    /// - Returns: whether this was the last word.
    private func tell(_ data: Data, to output: AsyncStream<WorkerEvent>.Continuation) throws -> Bool {
        for line in data.split(separator: 10) {
            guard let event = try? JSONDecoder().decode(WorkerEvent.self, from: line) else {
                throw LoadTestError(
                    .worker, "\(name) said what is no event: \(String(decoding: line.prefix(120), as: UTF8.self))",
                    next: "run `tickctl up`: the tasks' image and this program are to be of one version")
            }
            if case .finished(let bytes) = event { state.withLock { $0.historyBytes = bytes } }
            output.yield(event)
            switch event {
            case .finished, .failed: return true
            case .ready, .window: continue
            }
        }
        return false
    }

    // MARK: - Its purchases

    func collectHistory(to path: String) async throws {
        guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
        else {
            throw LoadTestError(.file, "the history \(path) cannot be made", next: "name another folder with --report")
        }
        defer { try? file.close() }
        var bytes = 0
        for number in 0..<HistoryUpload.mostParts {
            guard let part = try await objects.get(RunObjectName.history(index, number)) else { break }
            do {
                try file.write(contentsOf: part)
            } catch {
                throw LoadTestError(
                    .file, "the history \(path) cannot be written: \(error.localizedDescription)",
                    next: "make room, or name another folder")
            }
            bytes += part.count
        }
        guard let expected = state.withLock({ $0.historyBytes }) else { return }
        guard bytes == expected else {
            throw LoadTestError(
                .worker, "\(name) left \(bytes) of the \(expected) bytes of its purchases",
                next: "run it again: without them no verdict can be given")
        }
    }
}

extension LoadTestError {
    /// What happened to a worker that cannot go on.
    init(worker name: String, _ error: any Error) {
        self =
            error as? LoadTestError
            ?? LoadTestError(.worker, "\(name): \(error)", next: "remove the cause, and run it again")
    }
}
