import Foundation
import Provisioning
import Synchronization
import TestSupport
import Testing

/// Runs that are killed, stopped, contradicted or not alone.
struct DisturbedRunTests {
    private let bench = Bench()
    private let all = Selection()
    private let refresh = Selection(refresh: true)
    private var journalExists: Bool { FileManager.default.fileExists(atPath: bench.stamps.journalPath) }

    private func up(
        _ graph: Graph<FakeAccount>, _ selection: Selection = Selection(), stop: StopSignal = StopSignal()
    ) async throws -> Provisioner<FakeAccount>.Summary {
        try await bench.provisioner(graph, stop: stop).apply(.init(selection))
    }

    /// Leaves a journal as a killed run does: an intent to call for `node`, `age` seconds old, and no answer.
    private func leaveIntent(for node: String, age: TimeInterval = 0) throws {
        let at = Date().addingTimeInterval(-age).formatted(.iso8601)
        let line =
            #"{"id":"killed","at":"\#(at)","phase":"intent","node":"r/\#(node)","call":"fake:Create","region":"r"}"#
        try FileManager.default.createDirectory(atPath: bench.stamps.directory, withIntermediateDirectories: true)
        try Data((line + "\n").utf8).write(to: URL(fileURLWithPath: bench.stamps.journalPath))
    }

    // MARK: killed

    @Test func whatAKilledRunMadeIsWaitedForUntilListsShowIt() async throws {
        defer { bench.remove() }
        bench.cloud.state.withLock {
            $0.things["r/a"] = .init(
                identity: "id-0", setting: "x", parent: "", tags: ["tickctl:stack": "s", "tickctl:id": "a"])
            $0.readsUntilVisible["r/a"] = 3
        }
        // A call may be throttled for long before it happens: the age of its intent says little.
        try leaveIntent(for: "a", age: 60)
        #expect(try await up(bench.graph()).failures.isEmpty)
        #expect(!bench.cloud.writes.contains("create r/a"))
        #expect(!journalExists, "everything is settled")
    }

    @Test func whatAFailedRunMadeIsWaitedForUntilListsShowIt() async throws {
        defer { bench.remove() }
        bench.cloud.fail("create r/c", .broken)
        #expect(try await up(bench.graph()).failures.count == 1)
        bench.cloud.state.withLock { $0.readsUntilVisible["r/b"] = 3 }
        #expect(try await up(bench.graph()).failures.isEmpty)
        #expect(bench.cloud.writes.filter { $0 == "create r/b" }.count == 1)
        #expect(!journalExists, "nothing is left to wait for")
    }

    @Test func anIntentOfYesterdayIsLookedUpOnce() async throws {
        defer { bench.remove() }
        try leaveIntent(for: "a", age: 86_400)
        _ = try await bench.provisioner(bench.graph()).plan(all)
        #expect(bench.cloud.reads == 4)
    }

    @Test func whatNeedsNothingButSettlingIsSettledUnderTheLock() async throws {
        defer { bench.remove() }
        _ = try await up(bench.graph())
        try leaveIntent(for: "b", age: 86_400)
        bench.cloud.forgetCalls()
        _ = try await up(bench.graph())
        #expect(bench.cloud.writes.isEmpty && bench.cloud.reads > 0, "a stamp does not outweigh an open intent")
        #expect(!journalExists)
        #expect(await bench.leases.generation == 2)
        bench.cloud.forgetCalls()
        _ = try await up(bench.graph())
        #expect(bench.cloud.reads == 0)
    }

    // MARK: not alone

    @Test func aRunWithNothingToDoLeavesTheJournalOfAnotherAlone() async throws {
        defer { bench.remove() }
        _ = try await up(bench.graph())
        let other = Journal(path: bench.stamps.journalPath)
        try await other.begin("1", call: "lock", region: "r")
        try await other.end("1", error: nil)
        _ = try await up(bench.graph())
        _ = try await up(bench.graph(), refresh)
        #expect(journalExists, "the other run still writes to it")
    }

    @Test func noStampIsWrittenWhileAnotherRunHoldsTheLock() async throws {
        defer { bench.remove() }
        _ = try await up(bench.graph())
        try bench.stamps.remove(SliceID(region: "r", step: "00-one"))
        var other = LockOwner.current(user: "ann", host: "h2")
        other.machine = "another machine"
        await bench.leases.hold(
            Lease(owner: other, operation: "down", nonce: "n", since: Date(), until: Date().addingTimeInterval(3_600)))
        for attempt in [
            { _ = try await up(bench.graph()) },
            { _ = try await bench.provisioner(bench.graph()).rebuildStamps(all) },
        ] {
            let error = await #expect(throws: ProvisioningError.self) { try await attempt() }
            #expect(error?.code == .locked)
        }
        #expect(bench.stamps.read(SliceID(region: "r", step: "00-one")) == nil)
    }

    @Test func whatAnotherRunChangedMeanwhileIsAskedAboutAgain() async throws {
        defer { bench.remove() }
        let asked = Mutex<[[String]]>([])
        let summary = try await bench.provisioner(bench.graph()).apply(
            .init(all) { [bench] plan in
                let isFirst = asked.withLock { asked in
                    asked.append(plan.changes.map(\.node.name))
                    return asked.count == 1
                }
                guard isFirst else { return false }
                // Another run comes and goes while the first plan is being read.
                await bench.leases.raise()
                bench.cloud.state.withLock {
                    $0.things["r/a"] = .init(
                        identity: "id-9", setting: "x", parent: "", tags: ["tickctl:stack": "s", "tickctl:id": "a"])
                }
                return true
            })
        #expect(summary.isDeclined)
        #expect(asked.withLock { $0 } == [["a", "b", "c", "d"], ["b", "c", "d"]])
        #expect(bench.cloud.writes.isEmpty)
        #expect(await bench.leases.lease == nil)
    }

    @Test func whatWasReadWhileAnotherRunWasAtWorkIsReadAgain() async throws {
        defer { bench.remove() }
        var other = LockOwner.current(user: "ann", host: "h2")
        other.machine = "another machine"
        await bench.leases.hold(
            Lease(owner: other, operation: "up", nonce: "n", since: Date(), until: Date().addingTimeInterval(3_600)))
        let summary = try await bench.provisioner(bench.graph()).apply(
            .init(all) { [bench] _ in
                // The other run made something after this one looked, and ends before this one asks for the lock.
                bench.cloud.state.withLock {
                    $0.things["r/a"] = .init(
                        identity: "id-9", setting: "x", parent: "", tags: ["tickctl:stack": "s", "tickctl:id": "a"])
                }
                try? await bench.leases.release(stack: "s", nonce: "n")
                return true
            })
        #expect(summary.failures.isEmpty)
        #expect(bench.cloud.writes.sorted() == ["create r/b", "create r/c", "create r/d"])
        #expect(bench.reporter.events.contains { $0.detail == "another run ended meanwhile: looking again" })
    }

    @Test func aLockThatCannotBeLetGoDoesNotUndoTheRun() async throws {
        defer { bench.remove() }
        await bench.leases.failToRelease()
        #expect(try await up(bench.graph()).failures.isEmpty)
        #expect(bench.stamps.all().count == 3)
        #expect(bench.reporter.events.contains { $0.detail?.contains("ends by itself in 30 s") == true })
    }

    // MARK: stopped

    @Test func aStopLetsTheLockGoAndSaysSoOnceAndNotOnceAResource() async throws {
        defer { bench.remove() }
        let stop = StopSignal()
        bench.cloud.state.withLock { $0.readsUntilReady["r/a"] = 100_000 }
        let run = Task {
            try await bench.provisioner(bench.graph(), stop: stop, clock: ContinuousClock()).apply(.init(all))
        }
        try await eventually { bench.reporter.events.contains { $0.event == .waiting } }
        stop.stop(ProvisioningError(.interrupted, "stopped"))
        let summary = try await run.value
        #expect(summary.failures.isEmpty)
        #expect(Set(summary.blocked.map(\.name)) == ["a", "b", "c", "d"])
        #expect(bench.cloud.writes == ["create r/a"])
        #expect(bench.reporter.events.filter { $0.event == .blocked }.map(\.node?.name) == ["a"])
        #expect(await bench.leases.lease == nil)
        #expect(bench.stamps.all().isEmpty)
    }

    @Test func aStopEndsALongSleep() async throws {
        let stop = StopSignal()
        let clock = WatchedClock()
        // By itself it would end, and without an error, after an hour.
        let sleeper = Task { try await stop.sleep(for: .seconds(3600), clock: clock) }
        for await _ in clock.sleeps.stream { break }
        stop.stop(ProvisioningError(.interrupted, "stopped"))
        let error = await #expect(throws: ProvisioningError.self) { try await sleeper.value }
        #expect(error?.code == .interrupted)
    }

    /// The real clock; says when somebody sleeps by it.
    private struct WatchedClock: Clock {
        let sleeps = AsyncStream.makeStream(of: Void.self)
        var now: ContinuousClock.Instant { .now }
        var minimumResolution: Duration { .zero }

        func sleep(until deadline: ContinuousClock.Instant, tolerance: Duration?) async throws {
            sleeps.continuation.yield()
            try await ContinuousClock().sleep(until: deadline, tolerance: tolerance)
        }
    }

    @Test func aStopBeforeTheFirstChangeTakesNoLock() async throws {
        defer { bench.remove() }
        let stop = StopSignal()
        let error = await #expect(throws: ProvisioningError.self) {
            try await bench.provisioner(bench.graph(), stop: stop).apply(
                .init(all) { _ in
                    stop.stop(ProvisioningError(.interrupted, "stopped"))
                    return true
                })
        }
        #expect(error?.code == .interrupted)
        #expect(await bench.leases.generation == 0)
    }

    @Test func credentialsThatAreOverEndTheRun() async throws {
        defer { bench.remove() }
        let stop = StopSignal()
        var graph = Graph<FakeAccount>(stack: "s")
        let first = try graph.add("first", in: "r", step: "00-one", Thing(setting: "1"))
        for index in 0..<20 {
            _ = try graph.add("t\(index)", in: "r", step: "00-one", Thing(setting: "1", parent: first.identity))
            bench.cloud.fail("create r/t\(index)", .credentials)
        }
        _ = try graph.add("last", in: "r", step: "01-two", Thing(setting: "1", parent: first.identity))
        for _ in 0..<1000 { bench.cloud.fail("create r/last", .busy) }
        let summary = try await up(graph, stop: stop)
        #expect(!summary.failures.isEmpty && summary.failures.count + summary.blocked.count == 21)
        let error = #expect(throws: ProvisioningError.self) { try stop.check() }
        #expect(error?.what == "no further call can succeed" && error?.next == "sign in")
        #expect(error?.underlying as? FakeCloud.Failure == .credentials)
    }

    // MARK: contradicted

    @Test(arguments: [FakeCloud.Failure.exists, .gone, .answerLost])
    func aRefusalThatReadsContradictIsNotRepeatedForEver(_ failure: FakeCloud.Failure) async throws {
        defer { bench.remove() }
        _ = try await up(bench.graph())
        bench.cloud.state.withLock { $0.things["r/a"]?.setting = "by hand" }
        bench.cloud.forgetCalls()
        for _ in 0..<10_000 { bench.cloud.fail("update r/a", failure) }
        let clock = InstantClock()
        let summary = try await bench.provisioner(bench.graph(), clock: clock).apply(.init(refresh))
        let error = try #require(summary.failures.first?.error as? ProvisioningError)
        #expect(error.code == .timedOut && error.underlying as? FakeCloud.Failure == failure)
        #expect((50...200).contains(bench.cloud.writes.count))
        #expect((100...300).contains(clock.now.offset.components.seconds))
    }

    @Test func whatTurnsOutToBeSomebodyElsesIsRefusedUntouched() async throws {
        defer { bench.remove() }
        bench.cloud.state.withLock {
            $0.things["r/a"] = .init(identity: "theirs", setting: "q", parent: "", tags: [:])
            $0.readsUntilVisible["r/a"] = 1
        }
        let summary = try await up(bench.graph())
        #expect(summary.failures.map { ($0.error as? ProvisioningError)?.code } == [.foreign])
        #expect(bench.cloud.writes == ["create r/a"])
    }

    @Test func whatIsRefusedAsExistingButNeverListedIsGivenUp() async throws {
        defer { bench.remove() }
        bench.cloud.state.withLock {
            $0.things["r/a"] = .init(identity: "theirs", setting: "q", parent: "", tags: [:])
            $0.readsUntilVisible["r/a"] = 10_000
        }
        let clock = InstantClock()
        let summary = try await bench.provisioner(bench.graph(), clock: clock).apply(.init(all))
        let error = try #require(summary.failures.first?.error as? ProvisioningError)
        #expect(error.code == .timedOut && error.underlying as? FakeCloud.Failure == .exists)
        #expect(error.next?.contains("stands in the way") == true)
        #expect(bench.cloud.writes == ["create r/a"])
        #expect((60...70).contains(clock.now.offset.components.seconds))
    }

    @Test func whatALaggingReadHidesIsSeenAtTheSecondLook() async throws {
        defer { bench.remove() }
        _ = try await up(bench.graph())
        bench.cloud.state.withLock { $0.things["r/a"]?.setting = "by hand" }
        bench.cloud.forgetCalls()
        bench.cloud.fail("update r/a", .gone)
        #expect(try await up(bench.graph(), refresh).failures.isEmpty)
        #expect(bench.cloud.writes == ["update r/a", "update r/a"], "what still stands is not made a second time")
    }
}
