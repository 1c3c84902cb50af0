import Synchronization
import Testing

@testable import LoadTest

@Suite struct CoordinatorTests {
    private static let scenario = WorkerOrder.reads(rate: 30, seconds: 5, url: "http://127.0.0.1:1").scenario

    /// Latencies of 30 requests in a second, the same for the same second; several workers have some of the same.
    private static func latencies(_ second: Int) -> [UInt32] { (0..<30).map { UInt32(1 + $0 % 7 * 997 + second * 31) } }

    private static func window(_ second: Int, part: Int, of parts: Int) -> Window {
        var window = Window(second: second)
        let values = latencies(second).enumerated().filter { $0.offset % parts == part }.map(\.element)
        var read = Window.Class()
        read.latency = LatencyHistogram.Bins(values)
        read.service = LatencyHistogram.Bins(values.map { $0 / 2 })
        read.outcomes = ["200": values.count]
        window.classes["read"] = read
        window.starts = values.count
        return window
    }

    private func outcome(workers: Int) async throws -> RunOutcome {
        let parts = (0..<workers).map { part in
            ScriptedWorker { input in
                for second in 0..<5 { input.yield(.window(Self.window(second, part: part, of: workers))) }
                input.yield(.finished(historyBytes: 0))
                input.finish()
            }
        }
        return try await Coordinator(parts, scenario: Self.scenario) { _ in }.run()
    }

    @Test func `the sum of workers is exactly one worker's run`() async throws {
        let one = try await outcome(workers: 1)
        for workers in [2, 5] {
            let many = try await outcome(workers: workers)
            #expect(many.totals.latency.bins == one.totals.latency.bins)
            #expect(many.totals.service.bins == one.totals.service.bins)
            #expect(many.totals.tally == one.totals.tally)
            #expect(many.totals.starts == 150)
            #expect(many.series.rows.map(\.latency) == one.series.rows.map(\.latency))
            #expect(many.lostWorkers.isEmpty)
        }
    }

    @Test func `a worker that dies ends the run for all, and marks it`() async throws {
        let dying = ScriptedWorker { input in
            input.yield(.window(Self.window(0, part: 0, of: 2)))
            input.finish()
        }
        let living = ScriptedWorker { input in
            for second in 0..<2 { input.yield(.window(Self.window(second, part: 1, of: 2))) }
        } onStop: { input in
            input.yield(.finished(historyBytes: 0))
            input.finish()
        }
        let outcome = try await Coordinator([dying, living], scenario: Self.scenario) { _ in }.run()
        #expect(outcome.lostWorkers == ["scripted ended in the middle of the run"])
        #expect(living.isStopped.withLock { $0 })
        // What was measured is kept.
        #expect(outcome.totals.starts == 45)
        let verdict = Verdict(outcome, purchases: PurchaseCheck(), scenario: Self.scenario)
        #expect(verdict.result == .invalid)
    }

    @Test func `a worker that falls silent is killed, and the run ends`() async throws {
        let silent = ScriptedWorker { _ in }
        let patience = Coordinator.Patience(
            preparation: .seconds(60), lead: .milliseconds(200), silence: .milliseconds(50))
        let outcome = try await Coordinator([silent], scenario: Self.scenario, patience: patience) { _ in }.run()
        #expect(outcome.lostWorkers.count == 1)
        #expect(silent.isKilled.withLock { $0 })
    }

    @Test func `a worker that cannot begin is an error`() async throws {
        let failing = ScriptedWorker { _ in }
        await failing.kill()
        await #expect(throws: LoadTestError.self) {
            try await Coordinator([failing], scenario: Self.scenario) { _ in }.run()
        }
    }

    @Test func `a broken rule stops the workers with its reason`() async throws {
        var scenario = Self.scenario
        scenario.abort.serverErrorSeconds = 2
        let worker = ScriptedWorker { input in
            for second in 0..<4 {
                var window = Window(second: second)
                window.classes["read"] = Window.Class()
                window.classes["read"]?.outcomes = ["500": 30]
                input.yield(.window(window))
            }
        } onStop: { input in
            input.yield(.finished(historyBytes: 0))
            input.finish()
        }
        let outcome = try await Coordinator([worker], scenario: scenario) { _ in }.run()
        #expect(outcome.abort?.rule == "serverErrors")
        #expect(outcome.abort?.second == 1)
        #expect(worker.isStopped.withLock { $0 })
    }
}
