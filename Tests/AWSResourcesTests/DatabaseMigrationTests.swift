import Foundation
import Provisioning
import Synchronization
import TestSupport
import Testing

@testable import AWSResources

@Suite struct DatabaseMigrationTests {
    static let task = MigrationTask(
        database: "ticket-aurora", databaseARN: "arn:aurora", cluster: "ticket", taskDefinition: "arn:taskdef:7",
        container: "worker", command: ["db", "migrate"], subnets: ["subnet-a", "subnet-b"], securityGroup: "sg-ecs",
        logGroup: "/ecs/ticket-worker", logStreamPrefix: "ecs", checksum: "c0ffee")

    static func shown(_ status: String, exitCode: Int? = nil, run: String = RunID.current) -> String {
        """
        {"tasks":[{"taskArn":"arn:aws:ecs:ap-northeast-1:123456789012:task/ticket/abc","lastStatus":"\(status)",
         "stoppedReason":"Essential container in task exited","tags":[{"key":"tickctl:run","value":"\(run)"}],
         "containers":[{"name":"worker"\(exitCode.map { ",\"exitCode\":\($0)" } ?? "")}]}]}
        """
    }

    static func cloud(
        running: Bool = false, stopped: Bool = false, shown: String = "{}", tag: String? = nil
    ) -> ScriptedCloud {
        let one = ScriptedCloud.Answer.json("{\"taskArns\":[\"arn:task/abc\"]}")
        let none = ScriptedCloud.Answer.json("{\"taskArns\":[]}")
        let tags = tag.map { [MigrationTask.evidence: $0] } ?? [:]
        return ScriptedCloud([
            "DescribeDBClusters": [DatabaseTests.described(DatabaseTests.description(tags: tags))],
            // First those that run, then those that stopped.
            "ListTasks": running ? [one] : [none, stopped ? one : none], "DescribeTasks": [.json(shown)],
            "RunTask": [
                .json("{\"tasks\":[{\"taskArn\":\"arn:task/abc\",\"lastStatus\":\"PROVISIONING\"}],\"failures\":[]}")
            ],
            "GetLogEvents": [.json("{\"events\":[{\"message\":\"applied 1 catalogue\"},{\"message\":\"disk full\"}]}")],
            "AddTagsToResource": [.json("<R/>")], "RemoveTagsFromResource": [.json("<R/>")],
        ])
    }

    @Test func aDatabaseWithoutTheEvidenceWasNotMigrated() async throws {
        let cloud = Self.cloud()
        #expect(try await Self.task.read(cloud.scope("migrations")) == nil)
        #expect(cloud.actions == ["DescribeDBClusters"])
    }

    @Test func anotherChecksumInTheEvidenceIsAChange() async throws {
        let found = try #require(try await Self.task.read(Self.cloud(tag: "0ld").scope("migrations")))
        #expect(found.owner == .inherited)
        #expect(Self.task.changes(from: found.settings, Values()) == [Change("schema", from: "0ld", to: "c0ffee")])
        let current = try #require(try await Self.task.read(Self.cloud(tag: "c0ffee").scope("migrations")))
        #expect(Self.task.changes(from: current.settings, Values()) == [])
    }

    @Test func withoutATaskOneIsStartedAndComeBackTo() async throws {
        let cloud = Self.cloud()
        await #expect(throws: NotYet.self) { try await Self.task.create(cloud.scope("migrations")) }
        #expect(cloud.actions == ["DescribeDBClusters", "ListTasks", "ListTasks", "RunTask"])
        let body = try #require(cloud.body(of: "RunTask"))
        let overrides = try #require(body["overrides"] as? [String: [[String: Any]]])
        #expect(overrides["containerOverrides"]?.first?["command"] as? [String] == ["db", "migrate"])
        #expect((body["clientToken"] as? String)?.count == 32)
        #expect((body["startedBy"] as? String)?.hasPrefix("tickctl-db-") == true)
        let network = try #require(body["networkConfiguration"] as? [String: [String: Any]])
        #expect(network["awsvpcConfiguration"]?["subnets"] as? [String] == ["subnet-a", "subnet-b"])
        #expect(network["awsvpcConfiguration"]?["assignPublicIp"] as? String == "DISABLED")
    }

    @Test func aTaskThatLeftFromAnotherStateIsNotTheOne() async throws {
        var starts: Set<String> = []
        for tag in [nil, "0ld", "0lder"] {
            let cloud = Self.cloud(tag: tag)
            await #expect(throws: NotYet.self) { try await Self.task.create(cloud.scope("migrations")) }
            starts.insert(try #require(cloud.body(of: "ListTasks")?["startedBy"] as? String))
        }
        #expect(starts.count == 3)
    }

    @Test func aTaskOfAKilledRunIsWaitedForAndNotDoubled() async throws {
        let cloud = Self.cloud(running: true, shown: Self.shown("RUNNING", run: "an earlier run"))
        let error = await #expect(throws: NotYet.self) { try await Self.task.create(cloud.scope("migrations")) }
        #expect(error?.description == "the migration task abc is RUNNING: applied 1 catalogue")
        #expect(!cloud.actions.contains("RunTask") && !cloud.actions.contains("AddTagsToResource"))
    }

    @Test func exitCodeZeroIsWrittenDownAndTheLogIsShown() async throws {
        let cloud = Self.cloud(stopped: true, shown: Self.shown("STOPPED", exitCode: 0, run: "an earlier run"))
        let made = try await Self.task.create(cloud.scope("migrations"))
        #expect(Self.task.changes(from: made.settings, Values()) == [])
        #expect(made.remarks == ["applied 1 catalogue", "disk full"])
        #expect(cloud.actions.last == "AddTagsToResource")
        let body = try #require(cloud.transport.requests.last).bodyText
        #expect(body.contains("Tags.Tag.1.Key=tickctl%3Amigrated") && body.contains("Tags.Tag.1.Value=c0ffee"))
    }

    @Test func aFailureOfThisRunEndsItWithItsLastLines() async throws {
        let cloud = Self.cloud(stopped: true, shown: Self.shown("STOPPED", exitCode: 3))
        let error = await #expect(throws: ProvisioningError.self) {
            try await Self.task.create(cloud.scope("migrations"))
        }
        let what = try #require(error?.what)
        #expect(what.contains("task abc failed: exit code 3") && what.hasSuffix("applied 1 catalogue\ndisk full"))
        #expect(error?.next?.contains("stream ecs/worker/abc") == true)
        #expect(!cloud.actions.contains("RunTask") && !cloud.actions.contains("AddTagsToResource"))
    }

    @Test func aFailureOfAnEarlierRunIsTriedAgain() async throws {
        let cloud = Self.cloud(stopped: true, shown: Self.shown("STOPPED", exitCode: 3, run: "an earlier run"))
        await #expect(throws: NotYet.self) { try await Self.task.create(cloud.scope("migrations")) }
        #expect(cloud.actions.last == "RunTask")
    }

    @Test func takingItDownOnlyForgetsIt() async throws {
        let cloud = Self.cloud(tag: "c0ffee")
        let scope = cloud.scope("migrations")
        let found = try #require(try await Self.task.read(scope))
        try await Self.task.delete(found.settings, scope)
        #expect(cloud.actions.last == "RemoveTagsFromResource")
    }

    /// A database that counts its migrations.
    private final class CountedDatabase: DatabaseMigrator {
        let migrations = Mutex(0)
        func appliedChecksum() async throws -> String? { migrations.withLock { $0 > 0 ? "c0ffee" : nil } }
        func migrate() async throws { migrations.withLock { $0 += 1 } }
    }

    @Test func aDatabaseOfTheCallersIsMigratedOnceAndNeverTakenDown() async throws {
        let database = CountedDatabase()
        let cloud = AWSCloud(client: Self.cloud().cloud.client, account: "123456789012", database: database)
        let node = NodeID(region: "ap-northeast-1", name: "migrations")
        let scope = Scope(
            cloud: cloud, node: node, tags: ScriptedCloud.tags("migrations"), values: Values(), notBefore: .now)
        let migration = DirectMigration(checksum: "c0ffee")
        #expect(try await migration.read(scope) == nil)
        _ = try await migration.create(scope)
        let found = try #require(try await migration.read(scope))
        #expect(migration.changes(from: found.settings, Values()) == [])
        #expect(DirectMigration(checksum: "new").changes(from: found.settings, Values()).count == 1)
        try await migration.delete(found.settings, scope)
        #expect(database.migrations.withLock { $0 } == 1)
    }
}
