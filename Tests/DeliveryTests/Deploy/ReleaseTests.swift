import AWSCore
import Foundation
import Provisioning
import Synchronization
import TestSupport
import Testing

@testable import Delivery

struct ReleaseTests {
    static let regions = ["ap-northeast-1", "ap-northeast-2"]
    static let services = ["public", "confirm", "worker"]

    /// A release from revision 1 to revision 2 of every service, on a fake ECS.
    struct Scene {
        let ecs: FakeECS
        let store = MemoryReleaseStore()
        let targets: [ReleaseTarget]
        let record: ReleaseRecord
        let stop = StopSignal()
        var smoke: (@Sendable (String) async -> String?)?
        let folder: String

        init() throws {
            folder = try TemporaryFolder().path + "/evidence"
            targets = regions.flatMap { region in
                services.map { ReleaseTarget(region: region, cluster: "ticket", service: $0, family: $0) }
            }
            ecs = FakeECS(Dictionary(uniqueKeysWithValues: targets.map { ($0.description, "\($0.family):1") }))
            record = ReleaseRecord(
                id: "r1", operation: .deploy, by: "me", commit: nil, since: Date(timeIntervalSince1970: 0),
                moves: targets.map { Move($0, from: "\($0.family):1", to: "\($0.family):2", isProven: false) })
        }

        func release() -> Release {
            var pace = Pace(time: ecs.time, stop: stop)
            pace.look.deadline = .seconds(60)
            var settings = ReleaseSettings(
                alarms: ["ap-northeast-1": ["5xx"], "ap-northeast-2": ["5xx"]], bake: .seconds(300), pace: pace,
                report: { _ in })
            settings.smoke = smoke
            settings.evidenceFolder = folder
            return Release(client: ecs.client, store: store, settings: settings)
        }

        func waves(_ strategy: ReleaseStrategy = .rolling) -> [Wave] {
            strategy.waves(of: targets, primary: "ap-northeast-1")
        }

        func run() async throws -> ReleaseOutcome {
            defer { try? FileManager.default.removeItem(atPath: folder) }
            return try await release().run(record, waves: waves())
        }

        /// The only revision number that all services have; nil: they differ.
        var everywhere: Int? {
            let numbers = Set(ecs.running.values.map { LedgerEntry.revision(of: $0) })
            return numbers.count == 1 ? numbers.first : nil
        }
    }

    @Test("a release of all services succeeds, wave by wave, and sends no count")
    func succeeds() async throws {
        var scene = try Scene()
        scene.smoke = { _ in nil }
        #expect(try await scene.run() == .succeeded)
        #expect(scene.everywhere == 2)
        #expect(try await scene.store.open() == nil)
        let bodies = scene.ecs.state.withLock { $0.bodies }
        let updates = bodies.filter { $0.action == "UpdateService" }
        #expect(updates.count == 6)
        #expect(!updates.contains { $0.body.contains("desiredCount") })
        // Both waves bake for their whole time.
        #expect(scene.ecs.time.uptime() >= .seconds(600))
        #expect(scene.ecs.state.withLock { $0.tags.values.allSatisfy { $0["tickctl:verdict"] == "good" } })
        #expect(scene.ecs.state.withLock { $0.tags.count } == 6)
    }

    @Test("a deployment that ended while an earlier answer took its time is no failure")
    func lateAnswers() async throws {
        let scene = try Scene()
        scene.ecs.state.withLock { $0.lookTakes = .seconds(61) }
        #expect(try await scene.run() == .succeeded)
        #expect(scene.everywhere == 2)
    }

    @Test("without a smoke test a release is not known good")
    func unsmoked() async throws {
        let scene = try Scene()
        #expect(try await scene.run() == .succeeded)
        #expect(scene.ecs.state.withLock { $0.tags.values.allSatisfy { $0["tickctl:verdict"] == "unsmoked" } })
    }

    @Test(
        "whatever way a deployment fails, the verdict names its wave and all services are back",
        arguments: FakeECS.Outcome.allCases.filter { $0 != .succeed }, [("ap-northeast-2", 1), ("ap-northeast-1", 2)])
    func fails(_ outcome: FakeECS.Outcome, _ place: (region: String, wave: Int)) async throws {
        let scene = try Scene()
        scene.ecs.state.withLock { $0.outcomes["\(place.region)/confirm:2"] = outcome }
        guard case .undone(place.wave, let reason) = try await scene.run() else {
            Issue.record("\(outcome) in \(place.region) is no failure of wave \(place.wave)")
            return
        }
        #expect(reason.contains("\(place.region)/confirm"))
        #expect(scene.everywhere == 1)
        #expect(scene.ecs.isQuiet)
        #expect(try await scene.store.open() == nil)
    }

    @Test("an alarm while it bakes, and a failed purchase, undo the release")
    func bakesAndSmokes() async throws {
        let alarming = try Scene()
        alarming.ecs.state.withLock { $0.alarms["ap-northeast-2/5xx"] = "ALARM" }
        #expect(
            try await alarming.run()
                == .undone(wave: 1, reason: "alarm 5xx in ap-northeast-2 is in ALARM"))
        #expect(alarming.everywhere == 1)
        var smoking = try Scene()
        smoking.smoke = { $0 == "ap-northeast-1" ? "hold: expected 200, got 500" : nil }
        guard case .undone(2, let reason) = try await smoking.run() else {
            Issue.record("a failed purchase is no failure")
            return
        }
        #expect(reason.contains("hold: expected 200"))
        #expect(smoking.everywhere == 1)
    }

    @Test("a service that cannot be brought back is told, and the record stays for the next run")
    func stuck() async throws {
        let scene = try Scene()
        scene.ecs.state.withLock {
            $0.outcomes["ap-northeast-2/worker:2"] = .stop
            $0.outcomes["ap-northeast-2/worker:1"] = .stop
        }
        guard case .stuck(1, let reason) = try await scene.run() else {
            Issue.record("it is not said")
            return
        }
        #expect(reason.contains("ap-northeast-2/worker is NOT back on worker:1"))
        let open = try #require(try await scene.store.open())
        #expect(open.phase == .undoing)
        scene.ecs.state.withLock { $0.outcomes = [:] }
        guard case .undone = try await scene.release().undo(open, wave: 1, reason: "again") else {
            Issue.record("the next run does not undo it")
            return
        }
        #expect(scene.everywhere == 1)
    }

    @Test("a stop in the middle of a deployment stops the deployment itself")
    func stops() async throws {
        let scene = try Scene()
        scene.ecs.state.withLock { state in services(of: "ap-northeast-2").forEach { state.outcomes[$0] = .hang } }
        let stop = scene.stop
        let ecs = scene.ecs
        let watching = Task {
            while ecs.count("DescribeServiceDeployments") < 3 { await Task.yield() }
            stop.stop(ProvisioningError(.interrupted, "asked to stop"))
        }
        guard case .undone(1, let reason) = try await scene.run() else {
            Issue.record("it did not end undone")
            return
        }
        await watching.value
        #expect(reason.contains("asked to stop"))
        #expect(scene.ecs.count("StopServiceDeployment") == 3)
        #expect(scene.everywhere == 1 && scene.ecs.isQuiet)
    }

    @Test("a lost lock ends the run where it is: another one may be at work")
    func lostLock() async throws {
        let scene = try Scene()
        scene.ecs.state.withLock { state in services(of: "ap-northeast-2").forEach { state.outcomes[$0] = .hang } }
        let (stop, ecs) = (scene.stop, scene.ecs)
        let watching = Task {
            while ecs.count("DescribeServiceDeployments") < 3 { await Task.yield() }
            stop.stop(ProvisioningError(.lockLost, "taken"))
        }
        await #expect(throws: ProvisioningError.self) { try await scene.run() }
        await watching.value
        #expect(scene.ecs.count("StopServiceDeployment") == 0)
        #expect(try await scene.store.open() != nil)
    }

    @Test("random outcomes in random places: the verdict is what both regions run", arguments: 0..<120)
    func random(_ number: Int) async throws {
        let seed = UInt64(20_261_121 + number)
        var generator = SeededGenerator(seed: seed)
        let scene = try Scene()
        var outcomes: [String: FakeECS.Outcome] = [:]
        for target in scene.targets where Int.random(in: 0..<6, using: &generator) == 0 {
            outcomes["\(target.region)/\(target.family):2"] = FakeECS.Outcome.allCases.randomElement(using: &generator)
        }
        for target in scene.targets where Int.random(in: 0..<20, using: &generator) == 0 {
            outcomes["\(target.region)/\(target.family):1"] = .stop
        }
        let refused = Set(
            (0..<Int.random(in: 0..<3, using: &generator)).map { _ in Int.random(in: 1..<150, using: &generator) })
        scene.ecs.state.withLock { [outcomes] in
            $0.outcomes = outcomes
            $0.refused = refused
        }
        let outcome: ReleaseOutcome
        do { outcome = try await scene.run() } catch {
            // Only the verdict's tags can be refused so late; the record says that it is not over.
            #expect(try await scene.store.open() != nil && scene.everywhere == 2, "seed \(seed): \(error)")
            return
        }
        switch outcome {
        case .succeeded: #expect(scene.everywhere == 2, "seed \(seed)")
        case .undone: #expect(scene.everywhere == 1 && scene.ecs.isQuiet, "seed \(seed)")
        case .stuck: #expect(try await scene.store.open() != nil, "seed \(seed)")
        }
    }

    @Test("killed at any call, the same release run again ends complete, and undone it ends as before")
    func killed() async throws {
        let whole = try Scene()
        #expect(try await whole.run() == .succeeded)
        let calls = whole.ecs.state.withLock { $0.calls }
        #expect(calls > 60)
        for (limit, undoes) in (1..<calls).flatMap({ [($0, false), ($0, true)] }) {
            let scene = try Scene()
            scene.ecs.state.withLock { $0.limit = limit }
            _ = try? await scene.run()
            scene.ecs.state.withLock { $0.limit = .max }
            let open = try #require(try await scene.store.open(), "killed at \(limit): nothing was written down")
            if undoes || open.phase == .undoing {
                guard case .undone = try await scene.release().undo(open, wave: 1, reason: "killed") else {
                    Issue.record("killed at \(limit): not undone")
                    continue
                }
                #expect(scene.everywhere == 1, "killed at \(limit)")
            } else {
                #expect(try await scene.release().run(open, waves: scene.waves()) == .succeeded, "killed at \(limit)")
                #expect(scene.everywhere == 2, "killed at \(limit)")
            }
            #expect(try await scene.store.open() == nil && scene.ecs.isQuiet, "killed at \(limit)")
            try? FileManager.default.removeItem(atPath: scene.folder)
        }
    }

    private func services(of region: String) -> [String] { Self.services.map { "\(region)/\($0):2" } }
}
