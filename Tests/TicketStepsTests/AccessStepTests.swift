import AWSResources
import Foundation
import Provisioning
import Testing
import Ticketing

@testable import TicketSteps

@Suite struct AccessStepTests {
    static let context = StackContext(
        account: "123456789012",
        image: .init(digest: "sha256:" + String(repeating: "ab", count: 32), tag: "v1", architecture: "amd64"),
        migrationsChecksum: "m")

    static func roles(_ stack: Stack = Stack()) throws -> [String: IAMRole] {
        let graph = try StackGraph(stack, context).graph
        return Dictionary(
            uniqueKeysWithValues: graph.nodes.compactMap { node in
                (node.resource as? IAMRole).map { (node.id.name, $0) }
            })
    }

    static func statement(_ sid: String, of role: IAMRole?) throws -> PolicyDocument.Statement {
        try #require(role?.policy.statements.first { $0.sid == sid })
    }

    @Test func taskRolesAllowExactlyWhatTheRolesDeclare() throws {
        let roles = try Self.roles()
        for role in Role.allCases {
            let granted = try #require(roles["role-\(role.rawValue)"]).policy.statements
            #expect(
                Set(granted.flatMap(\.actions)) == Set(role.declaration.grants.flatMap(\.actions)), "\(role)")
            #expect(granted.allSatisfy { !$0.actions.contains { $0.contains("*") } })
            // Only tracing has no resource.
            for statement in granted where statement.resources?.contains("*") == true {
                #expect(statement.actions.allSatisfy { $0.hasPrefix("xray:") }, "\(statement)")
            }
        }
    }

    @Test func policiesNameTheResourcesOfBothRegions() throws {
        let queue = try Self.statement("CommitQueue", of: try Self.roles()["role-worker"])
        #expect(
            queue.resources == [
                "arn:aws:sqs:ap-northeast-1:123456789012:ticket-confirm.fifo",
                "arn:aws:sqs:ap-northeast-2:123456789012:ticket-confirm.fifo",
            ])
    }

    @Test func theDatabasesSecretIsNarrowedToTheStacksOwnClusters() throws {
        var stack = Stack()
        stack.aurora.clusterID = "sales"
        let secret = try Self.statement("DatabaseSecret", of: try Self.roles(stack)["role-worker"])
        #expect(secret.resources?.first == "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:rds!cluster-*")
        #expect(
            secret.conditions == [
                "StringEquals": [
                    "aws:ResourceTag/aws:rds:primaryDBClusterArn": [
                        "arn:aws:rds:ap-northeast-1:123456789012:cluster:sales",
                        "arn:aws:rds:ap-northeast-2:123456789012:cluster:sales",
                    ]
                ]
            ])
    }

    @Test func theExecutionRoleReadsTheSecretsThatTasksGetAndNoOther() throws {
        let secrets = try Self.statement("InjectSecrets", of: try Self.roles()["role-execution"])
        let names = Set(try #require(secrets.resources).map { String($0.split(separator: ":")[6]) })
        #expect(names == ["ticket/room-token-key-??????", "ticket/webhook-secret-??????", "ticket/redis-auth-??????"])
    }

    @Test func everythingAPolicyNamesIsInTheGraph() throws {
        let graph = try StackGraph(Stack(), Self.context).graph
        let tables = graph.nodes.compactMap { ($0.resource as? DynamoDBTable)?.name }
        let queues = graph.nodes.compactMap { ($0.resource as? SQSQueue)?.name }
        let clusters = graph.nodes.compactMap { ($0.resource as? AuroraCluster)?.identifier }
        let secrets = graph.nodes.compactMap { ($0.resource as? Secret)?.name }
        let groups = graph.nodes.compactMap { ($0.resource as? LogGroup)?.name }
        let repositories = graph.nodes.compactMap { ($0.resource as? ECRRepository)?.name }
        let services = graph.nodes.compactMap { ($0.resource as? ECSService)?.name }
        let stack = Stack()
        #expect(tables.contains(stack.seatTableName) && queues.contains(stack.commitQueueName))
        #expect(clusters.contains(stack.auroraClusterName))
        #expect(Set(secrets) == [stack.roomKeySecretName, stack.webhookSecretName, stack.redisSecretName])
        #expect(Set(groups) == Set(Role.allCases.map(stack.logGroupName) + [stack.loadLogGroupName]))
        let buckets = graph.nodes.compactMap { ($0.resource as? Bucket)?.name }
        #expect(buckets == [stack.loadBucketName(account: Self.context.account)])
        #expect(Set(repositories) == Set(Role.allCases.map(stack.programName)))
        #expect(Set(services) == Set(Role.allCases.map(stack.serviceName)))
        let indexes = graph.nodes.compactMap { ($0.resource as? DynamoDBTable)?.indexes.map(\.name) }.joined()
        #expect(indexes.contains(Stack.unsentIndexName))
    }

    @Test func onlyOneRepositoryAndRefMayDeploy() throws {
        var stack = Stack()
        stack.cluster.githubRepository = "owner/shop"
        stack.cluster.githubRef = "refs/heads/release"
        let trust = try #require(try Self.roles(stack)["role-deploy"]).trust.statements[0]
        #expect(
            trust.conditions?["StringEquals"] == [
                "token.actions.githubusercontent.com:aud": ["sts.amazonaws.com"],
                "token.actions.githubusercontent.com:sub": ["repo:owner/shop:ref:refs/heads/release"],
            ])
        let passed = try Self.statement("GiveTasksTheirRoles", of: try Self.roles(stack)["role-deploy"])
        #expect(passed.resources?.count == 4)
        #expect(passed.resources?.allSatisfy { !$0.contains("*") } == true)
    }

    @Test func withoutARepositoryTheDeployRoleIsTakenAwayAndTheSharedProviderIsLeft() throws {
        var stack = Stack()
        stack.cluster.githubRepository = nil
        let graph = try StackGraph(stack, Self.context).graph
        #expect(graph[NodeID(region: NodeID.global, name: "role-deploy")]?.presence == .absent)
        #expect(graph[NodeID(region: NodeID.global, name: "oidc-github")] == nil)
    }
}
