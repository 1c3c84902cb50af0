import AWSResources
import Provisioning
import Testing

@testable import TicketSteps

@Suite struct DataPlaneStepTests {
    static func graph(hasDatabaseURL: Bool = false, _ change: (inout Stack) -> Void = { _ in }) throws -> Graph<
        AWSCloud
    > {
        var stack = Stack()
        change(&stack)
        let context = StackContext(
            account: "123456789012", image: .init(digest: "sha256:0", tag: "t", architecture: "arm64"),
            migrationsChecksum: "c0ffee", hasDatabaseURL: hasDatabaseURL)
        return try StackGraph(stack, context).graph
    }

    static let primary = "ap-northeast-1"
    static let second = "ap-northeast-2"

    private func node(_ region: String, _ name: String) -> NodeID { NodeID(region: region, name: name) }

    @Test func theLockOfRunsStandsOnceAndOutlivesTheStack() throws {
        let graph = try Self.graph()
        let lock = try #require(graph[node(Self.primary, "table-lock")])
        #expect(lock.resource.isShared)
        #expect(graph[node(Self.second, "table-lock")] == nil)
        #expect(graph.absent(keeping: [])[lock.id]?.presence == .kept)
    }

    @Test func onlyTheConfirmQueueMayUseTheDeadLetterQueue() throws {
        let graph = try Self.graph()
        let deadLetters = try #require(graph[node(Self.second, "queue-deadletter")]?.resource as? SQSQueue)
        let queue = try #require(graph[node(Self.second, "queue-confirm")]?.resource as? SQSQueue)
        #expect(deadLetters.redriveSources == [queue.name] && deadLetters.redrive == nil)
        #expect(queue.retentionSeconds == 345_600 && queue.redrive?.maxReceiveCount == 5)
    }

    @Test func theReaderIsMadeAfterTheWriter() throws {
        let graph = try Self.graph()
        let reader = try #require(graph[node(Self.primary, "aurora-reader")])
        #expect(reader.dependencies.contains(node(Self.primary, "aurora-writer")))
    }

    @Test func parameterGroupsFollowTheEngineVersions() throws {
        let graph = try Self.graph {
            $0.aurora.engineVersion = "15.10"
            $0.redis.engineVersion = "6.2"
            $0.redis.eviction = .noeviction
        }
        let aurora = try #require(
            graph[node(Self.primary, "aurora-parameters")]?.resource as? DBClusterParameterGroup)
        #expect(aurora.family == "aurora-postgresql15" && aurora.parameters["rds.force_ssl"] == "1")
        let redis = try #require(graph[node(Self.primary, "redis-parameters")]?.resource as? CacheParameterGroup)
        #expect(redis.family == "redis6.x")
        #expect(redis.parameters == ["cluster-enabled": "yes", "maxmemory-policy": "noeviction"])
    }

    @Test func migrationsWaitForTheDatabaseAndTheWayOutOfTheSubnets() throws {
        let graph = try Self.graph()
        for region in [Self.primary, Self.second] {
            let migrations = try #require(graph[node(region, "migrations")])
            #expect(migrations.resource is MigrationTask)
            let needed = graph.closure(of: [migrations.id])
            for name in ["aurora-writer", "aurora-reader", "taskdef-worker", "nat-a", "secret-redis-auth"] {
                #expect(needed.contains(node(region, name)), "\(name)")
            }
        }
    }

    @Test func aNamedDatabaseIsMigratedOnceStraightAndNeedsNothing() throws {
        let graph = try Self.graph(hasDatabaseURL: true)
        let migrations = try #require(graph[node(Self.primary, "migrations")])
        #expect(migrations.resource is DirectMigration && migrations.dependencies == [])
        #expect(graph[node(Self.second, "migrations")] == nil)
    }
}
