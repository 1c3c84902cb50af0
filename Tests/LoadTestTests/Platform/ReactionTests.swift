import Foundation
import Testing

@testable import LoadTest

@Suite struct ReactionTests {
    private static func scenario(_ phases: [(name: String, from: Double, to: Double)]) -> Scenario {
        var scenario = Scenario()
        scenario.phases = phases.map { .init(name: $0.name, fromRate: $0.from, toRate: $0.to, seconds: 100) }
        return scenario
    }

    private static func counts(_ rows: [(Double, Int, Int)]) -> [PlatformReport.Count] {
        rows.map { .init(second: $0.0, desired: $0.1, running: $0.2, pending: max(0, $0.1 - $0.2)) }
    }

    private static func reactions(_ scenario: Scenario, _ rows: [(Double, Int, Int)]) -> [Reaction] {
        Reaction.all(region: "r", service: "s", to: scenario, counts: counts(rows))
    }

    private static let upAndDown = scenario([("low", 10, 10), ("high", 50, 50), ("fall", 50, 10)])

    @Test func `out and in count from the planned change to the desired and to the running tasks`() {
        let found = Self.reactions(
            Self.upAndDown,
            [
                (-3, 12, 12), (97, 12, 12), (133, 15, 12), (153, 18, 15), (173, 18, 18), (203, 18, 18), (260, 14, 18),
                (265, 14, 14), (300, 14, 14),
            ])
        #expect(found.map(\.phase) == ["low", "high", "fall"])
        #expect(found.map(\.direction) == [.out, .out, .in])
        #expect(found.map(\.plannedSecond) == [0, 100, 200])
        #expect(found.map(\.desiredAfter) == [nil, 33, 60])
        // 15 running tasks at 153 s are not the 18 that are wanted by then.
        #expect(found.map(\.runningAfter) == [nil, 73, 65])
        #expect((found[2].fromRate, found[2].toRate) == (50, 10))
    }

    @Test func `what is not seen is no number`() {
        let flat = Self.reactions(Self.upAndDown, [(-3, 12, 12), (300, 12, 12)])
        #expect(flat.allSatisfy { $0.desiredAfter == nil && $0.runningAfter == nil })
        let unfulfilled = Self.reactions(Self.upAndDown, [(-3, 12, 12), (140, 20, 12), (300, 20, 19)])
        #expect(unfulfilled.map(\.desiredAfter) == [nil, 40, nil])
        #expect(unfulfilled.map(\.runningAfter) == [nil, nil, nil])
        #expect(Self.reactions(Self.upAndDown, []).allSatisfy { $0.desiredAfter == nil })
        // Without a look before the change nobody knows what changed.
        #expect(Self.reactions(Self.upAndDown, [(130, 15, 12), (150, 18, 18)])[1].desiredAfter == nil)
        // A move against the rate is no reaction to it.
        #expect(Self.reactions(Self.upAndDown, [(0, 12, 12), (120, 8, 12), (125, 8, 8)])[1].desiredAfter == nil)
    }

    @Test func `a move counts for the last change before it`() {
        let found = Self.reactions(
            Self.scenario([("a", 10, 10), ("b", 20, 20), ("c", 30, 30)]),
            [(0, 12, 12), (205, 20, 12), (230, 20, 20)])
        #expect(found.map(\.desiredAfter) == [nil, nil, 5])
        #expect(found[2].runningAfter == 30)
    }

    @Test func `a constant rate is no change, and a step outweighs the slope behind it`() {
        let found = Self.reactions(
            Self.scenario([("a", 10, 10), ("same", 10, 10), ("doors", 100, 100), ("rush", 60, 20), ("again", 90, 30)]),
            [])
        #expect(found.map(\.phase) == ["a", "doors", "rush", "again"])
        #expect(found.map(\.direction) == [.out, .out, .in, .out])
        #expect(found.map(\.plannedSecond) == [0, 200, 300, 400])
    }

    private static func event(
        _ second: Double, to: Int?, end: Double?, status: String = "Successful"
    ) -> PlatformReport.ScalingEvent {
        .init(second: second, endSecond: end, region: "r", service: "s", to: to, status: status, cause: "alarm")
    }

    @Test func `after the last look autoscaling's own instants continue the counts`() {
        let seen = Self.counts([(0, 12, 12), (250, 18, 18), (300, 18, 18)])
        let events = [
            Self.event(240, to: 18, end: 249), Self.event(700, to: 16, end: 730), Self.event(720, to: 14, end: nil),
            Self.event(800, to: 9, end: 801, status: "Failed"), Self.event(900, to: nil, end: 901),
        ]
        let continued = PlatformReport.ScalingEvent.continued(seen, by: events)
        #expect(continued.map(\.second) == [0, 250, 300, 700, 720, 730])
        #expect(continued.map(\.desired) == [12, 18, 18, 16, 14, 14])
        #expect(continued.map(\.running) == [12, 18, 18, 18, 18, 16])
        let fall = Reaction.all(region: "r", service: "s", to: Self.upAndDown, counts: continued)[2]
        #expect((fall.desiredAfter, fall.runningAfter) == (500, nil))
        #expect(PlatformReport.ScalingEvent.continued([], by: events).isEmpty)
    }
}
