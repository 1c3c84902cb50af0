import AWSResources
import Foundation
import Provisioning
import Testing
import Ticketing

@testable import TicketSteps

/// What distributed load generation adds to the stack.
@Suite struct LoadTaskTests {
    static let bucketName = "ticket-load-123456789012-ap-northeast-1"

    static func graph(_ stack: Stack = Stack()) throws -> Graph<AWSCloud> {
        try StackGraph(stack, AccessStepTests.context).graph
    }

    static func definition(_ stack: Stack = Stack(), region: String = "ap-northeast-2") throws -> TaskDefinition {
        let node = try graph(stack)[NodeID(region: region, name: "taskdef-load")]
        return try #require(node?.resource as? TaskDefinition)
    }

    @Test func oneBucketStandsInThePrimaryRegionAndGoesWithTheCluster() throws {
        let graph = try Self.graph()
        let nodes = graph.nodes.filter { $0.resource is Bucket }
        #expect(nodes.map(\.id) == [NodeID(region: "ap-northeast-1", name: "bucket-load")])
        #expect(nodes.map(\.step) == [ClusterStep.id])
        let bucket = try #require(nodes.first?.resource as? Bucket)
        #expect(bucket.name == Self.bucketName && bucket.prefix == "runs/" && bucket.expirationDays == 14)
        // `down` leaves data, and what data stands on.
        #expect(try !StackGraph(Stack(), AccessStepTests.context).data.contains(try #require(nodes.first?.id)))
    }

    @Test func theLongestNameThatAStackMayHaveMakesABucketsName() throws {
        var stack = Stack()
        stack.name = String(repeating: "n", count: 24)
        let bucket = try #require(try Self.graph(stack).nodes.compactMap { $0.resource as? Bucket }.first)
        #expect(bucket.name.utf8.count <= 63)
    }

    @Test func aGeneratorIsTheServicesProgramOnAReadOnlyRootWithItsHomeToWriteTo() throws {
        let definition = try Self.definition()
        let container = try #require(definition.containers.first)
        #expect(definition.family == "ticket-load" && definition.containers.map(\.name) == ["load"])
        #expect(definition.cpu == 4096 && definition.memoryMiB == 8192)
        #expect(container.command == ["load", "worker"])
        #expect(
            container.image.references == [
                OutputReference(node: NodeID(region: "ap-northeast-2", name: "image-public"), output: "uri")
            ])
        #expect(container.environment == ["AWS_REGION": "ap-northeast-2", "TMPDIR": "/home/tickctl"])
        #expect(
            container.secrets.mapValues { $0.references.map(\.description) } == [
                "LOAD_WEBHOOK_SECRET": ["ap-northeast-2/secret-webhook.arn"]
            ])
        #expect(container.hasReadOnlyRoot && container.user == "65532:65532" && container.openFiles == 65536)
        #expect(container.writableFolder?.path == "/home/tickctl")
        #expect(container.port == nil && container.healthCheck == nil)
    }

    @Test func itsRoleReadsAndWritesOneBucketsRunsAndNothingElse() throws {
        let role = try #require(try AccessStepTests.roles()["role-load"])
        #expect(role.name == "ticket-load")
        let bucket = "arn:aws:s3:::" + Self.bucketName
        let granted = role.policy.statements.map { "\($0.actions.sorted()) on \($0.resources ?? [])" }
        #expect(
            granted == [
                "[\"s3:GetObject\", \"s3:PutObject\"] on [\"\(bucket)/runs/*\"]",
                "[\"s3:ListBucket\"] on [\"\(bucket)\"]",
            ])
        #expect(role.policy.statements.allSatisfy { $0.conditions == nil && $0.effect == "Allow" })
    }

    @Test func itsLogsAreTheExecutionRolesToWrite() throws {
        let statement = try AccessStepTests.statement("WriteLogs", of: try AccessStepTests.roles()["role-execution"])
        for region in ["ap-northeast-1", "ap-northeast-2"] {
            #expect(
                statement.resources?.contains("arn:aws:logs:\(region):123456789012:log-group:/ecs/ticket-load:*")
                    == true)
        }
    }

    @Test func noServiceRunsItAndNoDeploymentTouchesIt() throws {
        let services = try Self.graph().nodes.compactMap { $0.resource as? ECSService }
        #expect(services.count == 2 * Role.allCases.count)
        let deploy = try #require(try AccessStepTests.roles()["role-deploy"])
        #expect(!(try deploy.policy.json).contains("ticket-load"))
    }
}
