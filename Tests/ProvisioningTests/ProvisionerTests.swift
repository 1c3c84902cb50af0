import Foundation
import Provisioning
import Synchronization
import Testing

struct ProvisionerTests {
    private let bench = Bench()
    private let all = Selection()
    private let refresh = Selection(refresh: true)

    private func up(
        _ graph: Graph<FakeAccount>, _ selection: Selection = Selection(), saved: Plan? = nil
    ) async throws -> Provisioner<FakeAccount>.Summary {
        try await bench.provisioner(graph).apply(.init(selection, savedPlan: saved))
    }

    @Test func upMakesEverythingAfterWhatItNeeds() async throws {
        defer { bench.remove() }
        let summary = try await up(bench.graph())
        #expect(summary.failures.isEmpty)
        let writes = bench.cloud.writes
        #expect(Set(writes) == ["create r/a", "create r/b", "create r/c", "create r/d"])
        #expect(writes.first == "create r/a")
        #expect(try #require(writes.firstIndex(of: "create r/b")) < #require(writes.firstIndex(of: "create r/d")))
    }

    @Test func aSecondUpCallsNothing() async throws {
        defer { bench.remove() }
        _ = try await up(bench.graph())
        bench.cloud.forgetCalls()
        let summary = try await up(bench.graph())
        #expect(bench.cloud.writes.isEmpty && bench.cloud.reads == 0)
        #expect(summary.plan.entries.isEmpty)
        #expect(await bench.leases.generation == 1, "nothing to do must not lock")
    }

    @Test func refreshReadsAndWritesNothing() async throws {
        defer { bench.remove() }
        _ = try await up(bench.graph())
        bench.cloud.forgetCalls()
        _ = try await up(bench.graph(), refresh)
        #expect(bench.cloud.writes.isEmpty)
        #expect(bench.cloud.reads == 4)
    }

    @Test func stampsCanBeDeletedAndRebuiltButForTheTime() async throws {
        defer { bench.remove() }
        _ = try await up(bench.graph())
        let before = bench.stamps.all()
        #expect(before.count == 3)
        for stamp in before { try bench.stamps.remove(SliceID(region: stamp.region, step: stamp.step)) }
        #expect(try await bench.provisioner(bench.graph()).plan(all).isEmpty)
        #expect(try await bench.provisioner(bench.graph()).rebuildStamps(all).isEmpty)
        let after = bench.stamps.all()
        #expect(after.map { Self.timeless($0) } == before.map { Self.timeless($0) })
    }

    private static func timeless(_ stamp: Stamp) -> Stamp {
        var stamp = stamp
        stamp.time = .distantPast
        return stamp
    }

    @Test func aSettingChangedByHandIsOneLineAndOneCall() async throws {
        defer { bench.remove() }
        _ = try await up(bench.graph())
        bench.cloud.state.withLock { $0.things["r/b"]?.setting = "by hand" }
        bench.cloud.forgetCalls()
        let drift = try await bench.provisioner(bench.graph()).drift(all)
        #expect(drift.outside.map(\.node.name) == ["b"])
        #expect(drift.outside.first?.changes == [Change("setting", from: "by hand", to: "y")])
        #expect(drift.pending.isEmpty)
        _ = try await up(bench.graph(), refresh)
        #expect(bench.cloud.writes == ["update r/b"])
    }

    @Test func aChangedValueIsPendingAndNotDrift() async throws {
        defer { bench.remove() }
        _ = try await up(bench.graph())
        let drift = try await bench.provisioner(bench.graph(setting: "new")).drift(all)
        #expect(drift.outside.isEmpty)
        #expect(drift.pending.map(\.node.name) == ["a"])
    }

    @Test func aForeignResourceIsRefusedUntouched() async throws {
        defer { bench.remove() }
        bench.cloud.state.withLock {
            $0.things["r/b"] = .init(identity: "theirs", setting: "q", parent: "", tags: ["tickctl:stack": "other"])
        }
        let error = await #expect(throws: ProvisioningError.self) { try await up(bench.graph()) }
        #expect(error?.code == .foreign)
        #expect(error?.what.contains("its tag tickctl:stack is \"other\"") == true)
        #expect(error?.next != nil)
        #expect(bench.cloud.writes.isEmpty)
    }

    @Test func aLostAnswerIsLookedUpAndNotRepeated() async throws {
        defer { bench.remove() }
        bench.cloud.fail("create r/a", .answerLost, happensAnyway: true)
        bench.cloud.state.withLock { $0.readsUntilVisible["r/a"] = 3 }
        let summary = try await up(bench.graph())
        #expect(summary.failures.isEmpty)
        #expect(bench.cloud.writes.filter { $0 == "create r/a" }.count == 1)
    }

    @Test func aLostAnswerIsLookedForLongerThanListsLag() async throws {
        defer { bench.remove() }
        bench.cloud.fail("create r/a", .answerLost, happensAnyway: true)
        bench.cloud.state.withLock { $0.readsUntilVisible["r/a"] = 9 }
        let clock = InstantClock()
        #expect(try await bench.provisioner(bench.graph(), clock: clock).apply(.init(all)).failures.isEmpty)
        #expect(bench.cloud.writes.filter { $0 == "create r/a" }.count == 1)
        #expect(clock.now.offset > .seconds(7))
    }

    @Test func whatItsMakingLoggedIsShownWithAResource() async throws {
        defer { bench.remove() }
        var graph = Graph<FakeAccount>(stack: "s")
        _ = try graph.add("a", in: "r", step: "00-one", Thing(setting: "x", logged: ["applied 1 base", "done"]))
        _ = try graph.add("b", in: "r", step: "00-one", Thing(setting: "x"))
        #expect(try await bench.provisioner(graph).apply(.init(all)).failures.isEmpty)
        let finished = bench.reporter.events.filter { $0.event == .finished }
        #expect(finished.first { $0.node?.name == "a" }?.detail == "applied 1 base\ndone")
        #expect(finished.first { $0.node?.name == "b" }?.detail == nil)

        let lines = Mutex<[String]>([])
        let plain = PlainReporter(style: TextStyle(isColoured: false)) { line in lines.withLock { $0.append(line) } }
        var event = try #require(finished.first { $0.node?.name == "a" })
        event.seconds = 2
        event.identity = "id-1"
        plain.report(event)
        #expect(lines.withLock { $0 } == ["+ 00-one r/a  id-1  2.0 s\n    applied 1 base\n    done"])
        lines.withLock { $0 = [] }
        let tree = TreeReporter(style: TextStyle(isColoured: false)) { text in
            lines.withLock { $0.append(text) }
        } size: {
            (80, 24)
        }
        tree.report(event)
        #expect(lines.withLock { $0.joined() }.contains("+ r/a\n    applied 1 base\n    done\n"))
    }

    @Test func whatDidNotHappenIsRepeatedAfterLooking() async throws {
        defer { bench.remove() }
        bench.cloud.fail("create r/b", .propagating)
        bench.cloud.fail("create r/c", .busy)
        let summary = try await up(bench.graph())
        #expect(summary.failures.isEmpty)
        #expect(bench.cloud.writes.filter { $0 == "create r/b" }.count == 2)
        #expect(bench.cloud.writes.filter { $0 == "create r/c" }.count == 2)
    }

    @Test func aFailureBlocksWhatNeedsItAndNothingElse() async throws {
        defer { bench.remove() }
        bench.cloud.fail("create r/b", .broken)
        let summary = try await up(bench.graph())
        #expect(summary.failures.map(\.node.name) == ["b"])
        #expect(summary.blocked.map(\.name) == ["d"])
        #expect(bench.cloud.writes.contains("create r/c"))
        #expect(bench.stamps.all().map(\.step.name) == ["00-one"])
        let again = try await up(bench.graph())
        #expect(again.failures.isEmpty)
        let count = bench.cloud.state.withLock { $0.things.count }
        #expect(count == 4)
    }

    @Test func slowResourcesAreAwaitedAndGivenUpAtTheDeadline() async throws {
        defer { bench.remove() }
        bench.cloud.state.withLock { $0.readsUntilReady["r/a"] = 3 }
        #expect(try await up(bench.graph()).failures.isEmpty)
        #expect(bench.reporter.events.contains { $0.event == .waiting && $0.detail == "creating" })

        let other = Bench()
        defer { other.remove() }
        other.cloud.state.withLock { $0.readsUntilReady["r/a"] = 100_000 }
        let summary = try await other.provisioner(other.graph()).apply(.init(all))
        #expect((summary.failures.first?.error as? ProvisioningError)?.code == .timedOut)
    }

    @Test func stepsWhoseNeedsWereNeverMadeAreRefusedWithoutACall() async throws {
        defer { bench.remove() }
        let error = await #expect(throws: ProvisioningError.self) {
            try await up(bench.graph(), Selection(steps: ["02-three"]))
        }
        #expect(error?.code == .missingDependency)
        #expect(error?.what.contains("02-three needs 00-one, 01-two") == true)
        #expect(bench.cloud.writes.isEmpty && bench.cloud.reads == 0)
        let summary = try await up(bench.graph(), Selection(steps: ["02-three"], withDependencies: true))
        #expect(summary.failures.isEmpty)
        #expect(bench.cloud.writes.count == 4)
    }

    @Test func aSavedPlanRunsOrIsRefused() async throws {
        defer { bench.remove() }
        let plan = try await bench.provisioner(bench.graph()).plan(all)
        let copy = try JSONDecoder().decode(Plan.self, from: JSONEncoder().encode(plan))
        #expect(copy == plan)
        bench.cloud.state.withLock {
            $0.things["r/a"] = .init(
                identity: "id-9", setting: "x", parent: "",
                tags: ["tickctl:stack": "s", "tickctl:id": "a"])
        }
        let error = await #expect(throws: ProvisioningError.self) { try await up(bench.graph(), refresh, saved: copy) }
        #expect(error?.code == .stalePlan)
        #expect(bench.cloud.writes.isEmpty)
        let fresh = try await bench.provisioner(bench.graph()).plan(all)
        #expect(try await up(bench.graph(), refresh, saved: fresh).failures.isEmpty)
    }

    @Test func whatIsNoLongerWantedGoesLast() async throws {
        defer { bench.remove() }
        _ = try await up(bench.graph())
        bench.cloud.forgetCalls()
        _ = try await up(bench.graph(setting: "new", d: .absent))
        #expect(bench.cloud.writes == ["update r/a", "delete r/d"])
    }

    @Test func downTakesUsersBeforeWhatTheyUseAndKeepsData() async throws {
        defer { bench.remove() }
        let graph = try bench.graph()
        _ = try await up(graph)
        bench.cloud.forgetCalls()
        let kept = graph.closure(of: graph.nodes.filter(\.resource.holdsData).map(\.id))
        let down = bench.provisioner(graph.absent(keeping: kept))
        #expect(try await down.apply(.init(refresh, operation: .down)).failures.isEmpty)
        #expect(bench.cloud.writes == ["delete r/d", "delete r/b"])
        let left = bench.cloud.state.withLock { Set($0.things.keys) }
        #expect(left == ["r/a", "r/c"])
        #expect(bench.stamps.all().map(\.step.name) == ["00-one"])

        let everything = bench.provisioner(graph.absent(keeping: []))
        #expect(try await everything.apply(.init(refresh, operation: .down)).failures.isEmpty)
        let isEmpty = bench.cloud.state.withLock { $0.things.isEmpty }
        #expect(isEmpty)
        #expect(bench.stamps.all().isEmpty)
    }

    @Test func aLiveLockIsRefusedWithItsHolder() async throws {
        defer { bench.remove() }
        var other = LockOwner.current(user: "ann", host: "h2")
        other.machine = "another machine"
        await bench.leases.hold(
            Lease(owner: other, operation: "up", nonce: "n", since: Date(), until: Date().addingTimeInterval(3_600)))
        let error = await #expect(throws: ProvisioningError.self) { try await up(bench.graph()) }
        #expect(error?.code == .locked)
        #expect(error?.what.contains("ann@h2") == true)
        #expect(bench.cloud.writes.isEmpty)
    }

    @Test func aDeadOwnersLockIsTaken() async throws {
        defer { bench.remove() }
        var dead = LockOwner.current(user: "ann", host: "h")
        dead.processStart = "1"
        await bench.leases.hold(
            Lease(owner: dead, operation: "up", nonce: "n", since: Date(), until: Date().addingTimeInterval(3_600)))
        #expect(try await up(bench.graph()).failures.isEmpty)
        var expired = dead
        expired.machine = "elsewhere"
        await bench.leases.hold(
            Lease(owner: expired, operation: "up", nonce: "n", since: Date(), until: Date().addingTimeInterval(-1)))
        #expect(try await up(bench.graph(setting: "new")).failures.isEmpty)
        #expect(await bench.leases.lease == nil, "the lock is let go")
    }

    @Test func aStopBeginsNothingNew() async throws {
        defer { bench.remove() }
        let stop = StopSignal()
        stop.stop(ProvisioningError(.interrupted, "stopped"))
        let error = await #expect(throws: ProvisioningError.self) {
            try await bench.provisioner(bench.graph(), stop: stop).apply(.init(all))
        }
        #expect(error?.code == .interrupted)
        #expect(bench.cloud.writes.isEmpty)
    }

    @Test func anImmutableSettingIsRefusedBeforeAnyChange() async throws {
        defer { bench.remove() }
        _ = try await up(bench.graph())
        bench.cloud.state.withLock { $0.things["r/b"]?.parent = "elsewhere" }
        bench.cloud.forgetCalls()
        let error = await #expect(throws: ProvisioningError.self) { try await up(bench.graph(), refresh) }
        #expect(error?.code == .immutable)
        #expect(bench.cloud.writes.isEmpty)
    }
}
