import Synchronization
import Testing

@testable import Provisioning

struct SurveyorTests {
    @Test func whatWasAskedWithinThePatienceIsAskedAgainHoweverLateItsAnswer() async throws {
        // A busy machine may begin to ask when a short patience is over, and then rightly asks once.
        for patience in [0.2, 2, 20] as [Double] {
            let bench = Bench()
            let until = ContinuousClock.now.advanced(by: .seconds(patience))
            let node = try #require(try bench.graph().nodes.first)
            bench.cloud.state.withLock {
                $0.things["r/a"] = .init(
                    identity: "id-0", setting: "x", parent: "", tags: ["tickctl:stack": "s", "tickctl:id": "a"])
                $0.readsUntilVisible["r/a"] = 1
                $0.readsAnswered = until.advanced(by: .milliseconds(1))
            }
            let surveyor = Surveyor(
                cloud: FakeAccount(cloud: bench.cloud), errors: bench.cloud, stop: StopSignal(),
                unsettled: [node.id: until])
            if try await surveyor.survey([node], values: Values()).findings[node.id] != nil { return }
        }
        Issue.record("what a late answer did not show was taken to be absent")
    }
}
