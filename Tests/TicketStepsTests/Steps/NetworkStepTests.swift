import AWSResources
import Provisioning
import StrictYAML
import Testing

@testable import TicketSteps

@Suite struct NetworkStepTests {
    static let context = StackContext(
        account: "123456789012", image: .init(digest: "sha256:0", tag: "t", architecture: "amd64"),
        migrationsChecksum: "c")

    static func graph(_ stack: Stack = Stack()) throws -> (Graph<AWSCloud>, NetworkStep) {
        var graph = Graph<AWSCloud>(stack: stack.name)
        let step = try NetworkStep(addingTo: &graph, stack: stack, region: stack.regions[0], context: context)
        return (graph, step)
    }

    static func absent(_ graph: Graph<AWSCloud>) -> [String] {
        graph.nodes.filter { $0.presence == .absent }.map(\.id.name)
    }

    @Test func publicSubnetsAreCutBeforePrivateOnes() throws {
        let (graph, step) = try Self.graph()
        let blocks = (step.publicSubnets + step.privateSubnets).map { placed in
            (graph[placed.id]?.resource as? Subnet)?.cidrBlock
        }
        #expect(
            blocks == [
                "10.11.0.0/20", "10.11.16.0/20", "10.11.32.0/20", "10.11.48.0/20", "10.11.64.0/20", "10.11.80.0/20",
            ])
    }

    @Test func aSmallerBlockTakesLongerPrefixesOrIsRefused() throws {
        var stack = Stack()
        stack.regions[0].vpcCIDR = "10.11.0.0/22"
        let error = #expect(throws: ValueProblems.self) { try Self.graph(stack) }
        #expect(error?.description.contains("10.11.0.0/22 does not hold 6 subnets of /20") == true)
        stack.network.subnetPrefix = 25
        let (graph, step) = try Self.graph(stack)
        #expect((graph[step.privateSubnets[2].id]?.resource as? Subnet)?.cidrBlock == "10.11.2.128/25")
    }

    @Test func withASingleNATTheOthersAreAbsentAndEveryPrivateTableLeadsThere() throws {
        var stack = Stack()
        #expect(Self.absent(try Self.graph(stack).0) == [])
        stack.network.nat = .single
        let (graph, _) = try Self.graph(stack)
        #expect(Self.absent(graph) == ["eip-b", "nat-b", "eip-c", "nat-c"])
        let region = stack.regions[0].name
        for zone in ["a", "b", "c"] {
            let table = try #require(graph[NodeID(region: region, name: "rtb-private-\(zone)")])
            #expect(table.dependencies.filter { $0.name.hasPrefix("nat-") }.map(\.name) == ["nat-a"])
        }
    }

    @Test func anEndpointThatIsNotListedIsAbsent() throws {
        var stack = Stack()
        stack.network.endpoints = ["sqs"]
        let (graph, step) = try Self.graph(stack)
        #expect(
            Self.absent(graph) == [
                "endpoint-ecr-api", "endpoint-ecr-dkr", "endpoint-logs", "endpoint-secretsmanager",
            ])
        #expect(
            step.egressReady.map(\.name) == [
                "rtb-public", "rtb-private-a", "rtb-private-b", "rtb-private-c", "endpoint-s3", "endpoint-dynamodb",
                "endpoint-sqs",
            ])
    }

    /// Who lets in whom: the graph's edges between groups.
    @Test func eachGroupRefersToTheOneThatMayReachIt() throws {
        let (graph, step) = try Self.graph()
        func peers(_ group: Placed<SecurityGroup>) -> [String] {
            (graph[group.id]?.dependencies ?? []).map(\.name).filter { $0.hasPrefix("sg-") }
        }
        #expect(peers(step.albGroup) == [])
        #expect(peers(step.ecsGroup) == ["sg-alb"])
        #expect(peers(step.redisGroup) == ["sg-ecs"])
        #expect(peers(step.auroraGroup) == ["sg-ecs"])
        #expect(peers(step.endpointsGroup) == ["sg-ecs"])
    }

    /// The prefix list weighs 55 of a group's 60 rules: a second one would be refused.
    @Test func onlyOneRuleNamesCloudFrontsPrefixList() throws {
        var stack = Stack()
        func ports() throws -> [Int?] {
            let (graph, step) = try Self.graph(stack)
            let group = try #require(graph[step.albGroup.id]?.resource as? SecurityGroup)
            return group.rules.filter { $0.direction == .ingress }.map(\.port)
        }
        #expect(try ports() == [80, 443])
        stack.network.albIngress = .cloudfront
        #expect(try ports() == [80])
        stack.regions[0].certificate = "arn:aws:acm:ap-northeast-1:123456789012:certificate/1"
        #expect(try ports() == [443])
    }
}
