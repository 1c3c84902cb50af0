import AWSResources
import Provisioning
import Testing
import Ticketing

@testable import TicketSteps

@Suite struct ServicesStepTests {
    static let region = "ap-northeast-1"

    static func graph(_ change: (inout Stack) -> Void = { _ in }) throws -> Graph<AWSCloud> {
        var stack = Stack()
        change(&stack)
        return try StackGraph.sample(of: stack).graph
    }

    static func node(_ name: String, _ graph: Graph<AWSCloud>) throws -> Graph<AWSCloud>.Node {
        try #require(graph[NodeID(region: region, name: name)], "\(name) is in the graph")
    }

    static func present(_ names: [String], _ graph: Graph<AWSCloud>) throws -> [String] {
        try names.filter { try node($0, graph).presence == .present }
    }

    private static let paths = [
        "listener-http", "rule-http-public", "rule-http-confirm", "listener-https", "rule-https-public",
        "rule-https-confirm",
    ]

    @Test func withoutACertificatePathsLeadFromPort80() throws {
        let graph = try Self.graph()
        #expect(
            try Self.present(Self.paths, graph) == ["listener-http", "rule-http-public", "rule-http-confirm"])
        let http = try #require(try Self.node("listener-http", graph).resource as? Listener)
        #expect(http.port == 80 && http.certificate == nil && http.defaultAction == .notFound)
        let after = try Self.node("service-public", graph).dependencies.map(\.name)
        #expect(after.contains("rule-http-public") && !after.contains("rule-https-public"))
    }

    @Test func withACertificatePathsLeadFromPort443AndPort80Redirects() throws {
        let graph = try Self.graph { $0.regions[0].certificate = "arn:aws:acm:ap-northeast-1:1:certificate/c" }
        #expect(
            try Self.present(Self.paths, graph)
                == ["listener-http", "listener-https", "rule-https-public", "rule-https-confirm"])
        let http = try #require(try Self.node("listener-http", graph).resource as? Listener)
        let https = try #require(try Self.node("listener-https", graph).resource as? Listener)
        #expect(http.defaultAction == .redirectToHTTPS && https.defaultAction == .notFound)
        #expect(https.port == 443 && https.certificate != nil && http.certificate == nil)
        #expect(try Self.node("service-public", graph).dependencies.map(\.name).contains("rule-https-public"))
    }

    @Test func servicesWaitForAWayOutAndADatabaseAndTheWorkerHasNoTarget() throws {
        let graph = try Self.graph()
        for role in Role.allCases {
            let node = try Self.node("service-\(role.rawValue)", graph)
            let near = Set(node.dependencies.map(\.name))
            #expect(near.isSuperset(of: ["rtb-private-a", "endpoint-ecr-dkr"]))
            #expect(graph.closure(of: [node.id]).map(\.name).contains { $0.hasPrefix("aurora") })
            let service = try #require(node.resource as? ECSService)
            #expect((service.target == nil) == (role == .worker))
            #expect(service.initialTasks == [.public: 24, .confirm: 12, .worker: 6][role])
            #expect(service.describedWith.contains(service.name))
        }
    }

    @Test func aNamedBucketTakesTheAccessLogs() throws {
        let plain = try #require(try Self.node("alb", try Self.graph()).resource as? LoadBalancer)
        #expect(plain.attributes["access_logs.s3.enabled"] == "false")
        #expect(plain.attributes["routing.http.drop_invalid_header_fields.enabled"] == "true")
        let graph = try Self.graph { $0.regions[0].accessLogsBucket = "logs" }
        let logging = try #require(try Self.node("alb", graph).resource as? LoadBalancer)
        #expect(logging.attributes["access_logs.s3.enabled"] == "true")
        #expect(logging.attributes["access_logs.s3.bucket"] == "logs")
    }
}
