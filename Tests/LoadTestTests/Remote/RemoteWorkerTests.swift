import AWSCore
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import LoadTest

/// A bucket in memory; every name that was put, in order.
final class MemoryObjects: RunObjects {
    struct Outage: Error {}

    private let objects = Mutex<[String: Data]>([:])
    private let puts = Mutex<[String]>([])
    /// Asked before every put.
    let isOut = Mutex<@Sendable (String) -> Bool>({ _ in false })

    var putNames: [String] { puts.withLock { $0 } }

    func put(_ bytes: Data, at name: String) async throws {
        if isOut.withLock({ $0 })(name) { throw Outage() }
        objects.withLock { $0[name] = bytes }
        puts.withLock { $0.append(name) }
    }

    func putNew(_ bytes: Data, at name: String) async throws -> Bool {
        objects.withLock { objects in
            guard objects[name] == nil else { return false }
            objects[name] = bytes
            return true
        }
    }

    func get(_ name: String) async throws -> Data? { objects.withLock { $0[name] } }

    var control: RunControl? {
        objects.withLock { $0[RunObjectName.control] }.flatMap { try? JSONDecoder().decode(RunControl.self, from: $0) }
    }
}

/// Serves the sites of a run beside each other; `make`: what a task does.
private final class LocalTasks: WorkerTasks {
    private let make: @Sendable (Int) async throws -> Void
    private let refused: Set<Int>
    private let running = Mutex<[Int: Task<Void, any Error>]>([:])
    private let ends = Mutex<[Int: LoadTestError]>([:])
    let stopped = Mutex<Set<Int>>([])
    let started = Mutex<[Int]>([])

    init(refused: Set<Int> = [], _ make: @escaping @Sendable (Int) async throws -> Void) {
        self.refused = refused
        self.make = make
    }

    func start(_ worker: Int) async throws {
        if refused.contains(worker) {
            throw LoadTestError(.worker, "worker \(worker + 1): RESOURCE:MEMORY", next: "wait")
        }
        started.withLock { $0.append(worker) }
        let make = make
        running.withLock {
            $0[worker] = Task { [self] in
                do {
                    try await make(worker)
                    end(
                        LoadTestError(.worker, "the task of worker \(worker + 1) ended: exit code 0", next: "look"),
                        of: worker)
                } catch {
                    end(
                        LoadTestError(.worker, "the task of worker \(worker + 1) ended: exit code 1", next: "look"),
                        of: worker)
                }
            }
        }
    }

    func end(of worker: Int) async -> LoadTestError? { ends.withLock { $0[worker] } }

    func stop(_ worker: Int) async -> LoadTestError? {
        stopped.withLock { _ = $0.insert(worker) }
        running.withLock { $0[worker] }?.cancel()
        return nil
    }

    func die(_ worker: Int) {
        end(LoadTestError(.worker, "the task of worker \(worker + 1) ended: exit code 137", next: "look"), of: worker)
        running.withLock { $0[worker] }?.cancel()
    }

    /// What was first is the reason.
    private func end(_ error: LoadTestError, of worker: Int) {
        ends.withLock { $0[worker] = $0[worker] ?? error }
    }
}

@Suite struct RemoteWorkerTests {
    private static let scenario = WorkerOrder.reads(rate: 30, seconds: 5, url: "http://127.0.0.1:1").scenario
    private static let order = WorkerOrder.reads(rate: 30, seconds: 5, url: "http://127.0.0.1:1")
    private static let patience = Coordinator.Patience(
        preparation: .seconds(120), lead: .seconds(8), silence: .seconds(120))

    /// Every third latency of three workers is the same; an uneven sum shows what is counted twice.
    private static func window(_ second: Int, part: Int, of parts: Int) -> Window {
        let values = (0..<30).map { UInt32(1 + $0 % 7 * 997 + second * 31) }.enumerated()
            .filter { $0.offset % parts == part }.map(\.element)
        var window = Window(second: second)
        var read = Window.Class()
        read.latency = LatencyHistogram.Bins(values)
        read.outcomes = ["200": values.count]
        window.classes["read"] = read
        window.lag = LatencyHistogram.Bins(values)
        window.starts = values.count
        return window
    }

    /// A worker that says five windows, a second each, and leaves a history of `lines`.
    private static func scripted(_ order: WorkerOrder, _ index: Int, of count: Int, historyBytes: Int = 0)
        -> ScriptedWorker
    {
        ScriptedWorker { input in
            for second in 0..<5 { input.yield(.window(window(second, part: index, of: count))) }
            var bytes = 0
            if historyBytes > 0, let path = order.historyPath {
                let text = Data(String(repeating: "purchase of worker \(index)\n", count: historyBytes).utf8)
                bytes = text.count
                try? text.write(to: URL(filePath: path))
            }
            input.yield(.finished(historyBytes: bytes))
            input.finish()
        }
    }

    private static func site(
        _ index: Int, _ objects: MemoryObjects, time: TimeSource = .system,
        _ make: @escaping @Sendable (WorkerOrder) throws -> any LoadWorker
    ) throws -> WorkerSite {
        WorkerSite(index: index, objects: objects, scratch: try TemporaryFolder().path, time: time, make: make)
    }

    private static func histories(_ count: Int) throws -> [String] {
        let folder = try TemporaryFolder()
        return (0..<count).map { "\(folder.path)/\($0)" }
    }

    @Test func `workers elsewhere sum up to what workers here do, and their histories arrive whole`() async throws {
        let here = try await Coordinator(
            (0..<3).map { Self.scripted(Self.order, $0, of: 3) }, scenario: Self.scenario
        ) { _ in }.run()
        let objects = MemoryObjects()
        let tasks = LocalTasks { index in
            try await Self.site(index, objects) { Self.scripted($0, index, of: 3, historyBytes: 400_000) }.serve()
        }
        let run = RemoteRun(Self.order, count: 3, objects: objects, tasks: tasks)
        try await run.begin()
        let there = try await Coordinator(run.workers, scenario: Self.scenario, patience: Self.patience) { _ in }.run()
        #expect(await run.end() == [])
        #expect(there.lostWorkers.isEmpty)
        #expect(there.totals.latency.bins == here.totals.latency.bins)
        #expect(there.totals.tally == here.totals.tally)
        #expect(there.totals.starts == 150)
        #expect(there.series.rows.map(\.latency) == here.series.rows.map(\.latency))
        // Each has its own share.
        let shares = try await (0..<3).asyncMap { index -> ArrivalSchedule.Share in
            let data = try #require(try await objects.get(RunObjectName.order(index)))
            return try JSONDecoder().decode(WorkerOrder.self, from: data).share
        }
        #expect(shares == (0..<3).map { ArrivalSchedule.Share.whole.part($0, of: 3) })
        // More than one part each.
        let paths = try Self.histories(3)
        #expect(await run.collectHistories(to: paths) == [])
        #expect(objects.putNames.contains(RunObjectName.history(0, 1)))
        for (index, path) in paths.enumerated() {
            let expected = String(repeating: "purchase of worker \(index)\n", count: 400_000)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == expected)
        }
    }

    @Test func `a worker whose task cannot be started ends the run for all before it begins`() async throws {
        let objects = MemoryObjects()
        let tasks = LocalTasks(refused: [1]) { index in
            try await Self.site(index, objects) { Self.scripted($0, index, of: 3) }.serve()
        }
        let run = RemoteRun(Self.order, count: 3, objects: objects, tasks: tasks)
        try await run.begin()
        let error = await #expect(throws: LoadTestError.self) {
            try await Coordinator(run.workers, scenario: Self.scenario, patience: Self.patience) { _ in }.run()
        }
        #expect(await run.end() == [])
        #expect(error?.message.contains("RESOURCE:MEMORY") == true)
        #expect(tasks.stopped.withLock { $0 }.isSuperset(of: tasks.started.withLock { $0 }))
    }

    @Test func `a task that dies before it is ready is told with its reason, and the others are stopped`() async throws
    {
        let objects = MemoryObjects()
        let tasks = LocalTasks { index in
            if index == 1 { throw CancellationError() }
            try await Self.site(index, objects) { Self.scripted($0, index, of: 2) }.serve()
        }
        let run = RemoteRun(Self.order, count: 2, objects: objects, tasks: tasks)
        try await run.begin()
        let error = await #expect(throws: LoadTestError.self) {
            try await Coordinator(run.workers, scenario: Self.scenario, patience: Self.patience) { _ in }.run()
        }
        #expect(await run.end() == [])
        #expect(error?.message == "the task of worker 2 ended: exit code 1")
        #expect(tasks.stopped.withLock { $0 }.contains(0))
    }

    @Test func `a task that dies in the middle makes the run invalid, and the others are told to stop`() async throws {
        let objects = MemoryObjects()
        let living = Mutex<ScriptedWorker?>(nil)
        let tasks = LocalTasks { index in
            try await Self.site(index, objects) { order in
                let worker = ScriptedWorker { input in
                    for second in 0..<2 { input.yield(.window(Self.window(second, part: index, of: 2))) }
                } onStop: { input in
                    input.yield(.finished(historyBytes: 0))
                    input.finish()
                }
                if index == 1 { living.withLock { $0 = worker } }
                return worker
            }.serve()
        }
        let run = RemoteRun(Self.order, count: 2, objects: objects, tasks: tasks)
        try await run.begin()
        let dying = Task {
            try await eventually { objects.control?.start != nil }
            tasks.die(0)
        }
        let outcome = try await Coordinator(run.workers, scenario: Self.scenario, patience: Self.patience) { _ in }
            .run()
        #expect(await run.end() == [])
        try await dying.value
        #expect(outcome.lostWorkers.contains { $0.contains("exit code 137") })
        #expect(living.withLock { $0 }?.isStopped.withLock { $0 } == true)
        #expect(objects.control?.shouldStop == true)
        #expect(Verdict(outcome, purchases: PurchaseCheck(), scenario: Self.scenario).result == .invalid)
    }

    @Test func `a stop before the begin gives the run up, and ends the tasks`() async throws {
        let objects = MemoryObjects()
        let tasks = LocalTasks { _ in try await Task.sleep(for: .seconds(600)) }
        let run = RemoteRun(Self.order, count: 2, objects: objects, tasks: tasks)
        try await run.begin()
        let coordinator = Coordinator(run.workers, scenario: Self.scenario, patience: Self.patience) { _ in }
        let stopping = Task {
            try await eventually { tasks.started.withLock { $0.count } == 2 }
            coordinator.stop("interrupted")
        }
        await #expect(throws: CancellationError.self) { try await coordinator.run() }
        #expect(await run.end() == [])
        try await stopping.value
        #expect(tasks.stopped.withLock { $0 } == [0, 1])
    }

    @Test func `a history that lacks a part is told`() async throws {
        let objects = MemoryObjects()
        objects.isOut.withLock { $0 = { _ in false } }
        let tasks = LocalTasks { index in
            try await Self.site(index, objects) { order in
                ScriptedWorker { input in
                    input.yield(.finished(historyBytes: 7))
                    input.finish()
                }
            }.serve()
        }
        let run = RemoteRun(Self.order, count: 1, objects: objects, tasks: tasks)
        try await run.begin()
        _ = try await Coordinator(run.workers, scenario: Self.scenario, patience: Self.patience) { _ in }.run()
        #expect(await run.end() == [])
        let lacks = await run.collectHistories(to: try Self.histories(1))
        #expect(lacks.count == 1)
        #expect(lacks.first?.contains("left 0 of the 7 bytes") == true)
    }
}

@Suite struct WorkerSiteTests {
    private static let order = WorkerOrder.reads(rate: 30, seconds: 5, url: "http://127.0.0.1:1")

    /// A clock that each sleep moves, after a moment for the other tasks and then for `afterSleep`.
    private func time(_ clock: ManualClock, _ afterSleep: @escaping @Sendable () async throws -> Void) -> TimeSource {
        let manual = TimeSource(clock, date: { clock.date })
        var time = manual
        time.sleep = { duration in
            try await Task.sleep(for: .milliseconds(5))
            try await manual.sleep(duration)
            try await afterSleep()
        }
        return time
    }

    private func serve(
        _ objects: MemoryObjects, _ clock: ManualClock, _ worker: ScriptedWorker, order: WorkerOrder = Self.order,
        afterSleep: @escaping @Sendable () async throws -> Void = {}
    ) async throws {
        try await objects.put(try JSONEncoder().encode(order), at: RunObjectName.order(0))
        try await WorkerSite(
            index: 0, objects: objects, scratch: try TemporaryFolder().path, time: time(clock, afterSleep)
        ) { _ in worker }.serve()
    }

    /// An order that takes an hour.
    private static var long: WorkerOrder {
        var order = order
        order.scenario.phases[0].seconds = 3_600
        return order
    }

    /// Says a beat for every half a minute of the clock, and that the run is to stop after `beats` of them.
    private func beating(
        _ objects: MemoryObjects, _ clock: ManualClock, start: Int64, beats: Int = .max
    ) -> @Sendable () async throws -> Void {
        {
            let beat = 1 + Int(clock.now.offset / .seconds(30))
            let control = RunControl(beat: beat, start: start, shouldStop: beat > beats)
            try await objects.put(try JSONEncoder().encode(control), at: RunObjectName.control)
        }
    }

    private func put(_ control: RunControl, _ objects: MemoryObjects) async throws {
        try await objects.put(try JSONEncoder().encode(control), at: RunObjectName.control)
    }

    private func epoch(_ clock: ManualClock, plus seconds: Double) -> Int64 {
        Int64((clock.date.timeIntervalSince1970 + seconds) * 1e6)
    }

    private func worker() -> ScriptedWorker {
        ScriptedWorker { _ in
        } onStop: { input in
            input.yield(.finished(historyBytes: 0))
            input.finish()
        }
    }

    @Test func `a worker whose coordinator falls silent stops after a minute`() async throws {
        let (objects, clock, worker) = (MemoryObjects(), ManualClock(), worker())
        try await put(RunControl(beat: 1, start: epoch(clock, plus: 10), shouldStop: false), objects)
        let error = await #expect(throws: LoadTestError.self) { try await serve(objects, clock, worker) }
        #expect(error?.message.contains("has said nothing") == true)
        #expect(worker.isStopped.withLock { $0 })
        #expect(clock.now.offset >= ControlWriter.silence)
    }

    @Test func `a worker that hears beats goes on, and ends when it is told to stop`() async throws {
        let (objects, clock, worker) = (MemoryObjects(), ManualClock(), worker())
        let start = epoch(clock, plus: 10)
        try await put(RunControl(beat: 1, start: start, shouldStop: false), objects)
        try await serve(
            objects, clock, worker, order: Self.long, afterSleep: beating(objects, clock, start: start, beats: 3))
        #expect(worker.isStopped.withLock { $0 })
        #expect(clock.now.offset >= .seconds(85))
    }

    @Test func `a stop before the begin ends a worker`() async throws {
        let (objects, clock, worker) = (MemoryObjects(), ManualClock(), worker())
        try await put(RunControl(beat: 1, start: nil, shouldStop: true), objects)
        let error = await #expect(throws: LoadTestError.self) { try await serve(objects, clock, worker) }
        #expect(error?.message == "the run was stopped before it began")
        #expect(worker.isKilled.withLock { $0 })
    }

    @Test(arguments: [-1.0, 301])
    func `a begin that its clock cannot be right about is refused, and told`(lead: Double) async throws {
        let (objects, clock, worker) = (MemoryObjects(), ManualClock(), worker())
        try await put(RunControl(beat: 1, start: epoch(clock, plus: lead), shouldStop: false), objects)
        let error = await #expect(throws: LoadTestError.self) { try await serve(objects, clock, worker) }
        #expect(error?.message.contains("by this machine's clock") == true)
        let told = try #require(try await objects.get(RunObjectName.events(0, 1)))
        #expect(String(decoding: told, as: UTF8.self).contains("by this machine's clock"))
        #expect(worker.isKilled.withLock { $0 })
    }

    @Test func `two tasks never carry out one order`() async throws {
        let (objects, clock, worker) = (MemoryObjects(), ManualClock(), worker())
        _ = try await objects.putNew(Data("another".utf8), at: RunObjectName.claim(0))
        let error = await #expect(throws: LoadTestError.self) { try await serve(objects, clock, worker) }
        #expect(error?.message == "another task carries out the order of worker 1")
        #expect(objects.putNames == [RunObjectName.order(0)])
    }

    @Test func `what was measured in an outage is put after it, in order`() async throws {
        let (objects, clock) = (MemoryObjects(), ManualClock())
        let refusals = Mutex(5)
        objects.isOut.withLock {
            $0 = { name in
                guard name == RunObjectName.events(0, 1) else { return false }
                return refusals.withLock { left in
                    left -= 1
                    return left >= 0
                }
            }
        }
        let worker = ScriptedWorker { input in
            for second in 0..<3 { input.yield(.window(Window(second: second))) }
            input.yield(.finished(historyBytes: 0))
            input.finish()
        }
        let start = epoch(clock, plus: 10)
        try await put(RunControl(beat: 1, start: start, shouldStop: false), objects)
        try await serve(objects, clock, worker, order: Self.long, afterSleep: beating(objects, clock, start: start))
        var events: [WorkerEvent] = []
        for number in 0..<10 {
            guard let data = try await objects.get(RunObjectName.events(0, number)) else { break }
            events += try data.split(separator: 10).map { try JSONDecoder().decode(WorkerEvent.self, from: $0) }
        }
        let expected = [WorkerEvent.ready] + (0..<3).map { .window(Window(second: $0)) } + [.finished(historyBytes: 0)]
        #expect(events == expected)
    }
}

extension Sequence {
    fileprivate func asyncMap<Result>(_ body: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await body(element)) }
        return results
    }
}
