import AWSResources
import Provisioning
import Testing

@testable import TicketSteps

@Suite struct CloudFrontStepTests {
    static func distribution(_ stack: Stack) throws -> (Distribution, Graph<AWSCloud>.Presence) {
        let graph = try StackGraph.sample(of: stack).graph
        let node = try #require(graph[NodeID(region: NodeID.global, name: "distribution")])
        return (try #require(node.resource as? Distribution), node.presence)
    }

    @Test func whatIsReadFailsOverAndWhatWritesGoesToThePrimaryRegion() throws {
        let (distribution, presence) = try Self.distribution(Stack())
        #expect(presence == .present)
        #expect(distribution.failover == ["alb-ap-northeast-1", "alb-ap-northeast-2"])
        let behaviors = [distribution.defaultBehavior] + distribution.behaviors
        #expect(
            behaviors.map { "\($0.pathPattern ?? "default") \($0.target) \($0.methods)" } == [
                "default failover reading", "/public/summary/* failover reading", "/public/seats/* failover reading",
                "/public/* alb-ap-northeast-1 all", "/confirm/* alb-ap-northeast-1 all",
            ])
        // CloudFront refuses an origin group where writing methods are allowed.
        #expect(behaviors.allSatisfy { $0.target != Distribution.failoverGroup || $0.methods == .reading })
    }

    @Test func withOneRegionThereIsNoGroup() throws {
        var stack = Stack()
        stack.regions.removeLast()
        let (distribution, _) = try Self.distribution(stack)
        #expect(distribution.failover == [] && distribution.defaultBehavior.target == "alb-ap-northeast-1")
        #expect(distribution.origins.map(\.usesTLS) == [false])
    }

    @Test func switchedOffAllOfItIsAbsent() throws {
        var stack = Stack()
        stack.cloudfront.enabled = false
        let graph = try StackGraph.sample(of: stack).graph
        let nodes = graph.nodes.filter { $0.step == CloudFrontStep.id }
        #expect(nodes.count == 5 && nodes.allSatisfy { $0.presence == .absent })
    }
}
