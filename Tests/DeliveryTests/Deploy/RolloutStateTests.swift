import Testing

@testable import Delivery

struct RolloutStateTests {
    private static let statuses = [
        "PENDING", "IN_PROGRESS", "SUCCESSFUL", "STOP_REQUESTED", "STOPPED", "ROLLBACK_REQUESTED",
        "ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED",
    ]

    private func state(
        _ taskDefinition: String?, latest: (String, String)? = nil, rollout: String? = "COMPLETED",
        primary: String? = nil, desired: Int = 12, running: Int = 12
    ) -> RolloutState {
        RolloutState(
            taskDefinition: taskDefinition, rollout: rollout, primary: primary ?? taskDefinition, desired: desired,
            running: running, latest: latest.map { .init(arn: "d", status: $0.0, taskDefinition: $0.1) })
    }

    @Test("what is done about a service, by what it has and what is under way")
    func actions() {
        let table: [(RolloutState, stopsOthers: Bool, RolloutState.Action)] = [
            (state("b", latest: ("SUCCESSFUL", "b")), false, .none),
            (state("b"), false, .none),
            (state("a", latest: ("SUCCESSFUL", "a")), false, .update(force: false)),
            (state("b", latest: ("IN_PROGRESS", "b"), rollout: "IN_PROGRESS"), false, .follow("d")),
            (state("b", latest: ("PENDING", "b")), true, .follow("d")),
            (state("c", latest: ("IN_PROGRESS", "c")), false, .update(force: false)),
            (state("c", latest: ("IN_PROGRESS", "c")), true, .stop("d")),
            (state("c", latest: ("ROLLBACK_IN_PROGRESS", "c")), true, .wait("d")),
            (state("c", latest: ("STOP_REQUESTED", "b")), false, .wait("d")),
            // Rolled back by ECS: stable, with the revision before.
            (state("b", latest: ("ROLLBACK_SUCCESSFUL", "c")), true, .none),
            (state("b", latest: ("ROLLBACK_SUCCESSFUL", "c")), false, .none),
            // It names the revision, but the deployment of it did not succeed.
            (state("b", latest: ("STOPPED", "b"), rollout: "FAILED"), true, .update(force: true)),
            (state("b", latest: ("ROLLBACK_FAILED", "b")), false, .update(force: true)),
            (state("b", rollout: "IN_PROGRESS"), false, .look),
        ]
        for (index, (state, stopsOthers, action)) in table.enumerated() {
            #expect(state.action(wanted: "b", stopsOthers: stopsOthers) == action, "row \(index)")
        }
    }

    @Test("of all ends of a deployment and all that a service may have, one is a success")
    func successes() {
        var successes: [String] = []
        for status in Self.statuses + ["", "SOMETHING_NEW"] {
            for has in ["a", "b", nil] {
                for primary in ["a", "b"] {
                    for rollout in ["COMPLETED", "FAILED"] {
                        for running in [0, 12] {
                            let state = state(has, rollout: rollout, primary: primary, running: running)
                            if state.failure(wanted: "b", status: status, reason: nil) == nil {
                                successes.append("\(status) \(has ?? "-") \(primary) \(rollout) \(running)")
                            }
                        }
                    }
                }
            }
        }
        #expect(successes == ["SUCCESSFUL b b COMPLETED 12"])
        #expect(state("b", desired: 0, running: 0).failure(wanted: "b", status: "SUCCESSFUL", reason: nil) == nil)
    }
}
