import Foundation
import Provisioning
import Testing

@testable import AWSResources

@Suite struct TablesTests {
    static let table = DynamoDBTable(
        name: "ticket-seat-lock", partitionKey: .init("pk", .text), sortKey: .init("sk", .text),
        indexes: [.init("unsent", partitionKey: .init("unsent", .text), sortKey: .init("createdAt", .number))],
        timeToLiveAttribute: "ttl", pointInTimeRecovery: true, deletionProtection: true)

    static func description(status: String = "ACTIVE", billing: String = "PAY_PER_REQUEST", protection: Bool = true)
        -> String
    {
        """
        {"TableName":"ticket-seat-lock","TableArn":"arn:table","TableStatus":"\(status)","ItemCount":0,
         "AttributeDefinitions":[{"AttributeName":"createdAt","AttributeType":"N"},
           {"AttributeName":"sk","AttributeType":"S"},{"AttributeName":"pk","AttributeType":"S"},
           {"AttributeName":"unsent","AttributeType":"S"}],
         "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],
         "BillingModeSummary":{"BillingMode":"\(billing)"},"DeletionProtectionEnabled":\(protection),
         "GlobalSecondaryIndexes":[{"IndexName":"unsent","IndexStatus":"ACTIVE",
           "Projection":{"ProjectionType":"KEYS_ONLY"},
           "KeySchema":[{"AttributeName":"unsent","KeyType":"HASH"},{"AttributeName":"createdAt","KeyType":"RANGE"}]}]}
        """
    }

    static func cloud(
        table: String = description(), ttl: String = "ENABLED", backups: String = "ENABLED"
    ) -> ScriptedCloud {
        ScriptedCloud([
            "DescribeTable": [.json("{\"Table\":\(table)}")],
            "CreateTable": [.json("{\"TableDescription\":\(table)}")],
            "ListTagsOfResource": [
                .json("{\"Tags\":\(ScriptedCloud.tagList("table-seat-lock", key: "Key", value: "Value"))}")
            ],
            "DescribeTimeToLive": [
                .json("{\"TimeToLiveDescription\":{\"TimeToLiveStatus\":\"\(ttl)\",\"AttributeName\":\"ttl\"}}")
            ],
            "DescribeContinuousBackups": [
                .json(
                    """
                    {"ContinuousBackupsDescription":{"ContinuousBackupsStatus":"ENABLED",
                     "PointInTimeRecoveryDescription":{"PointInTimeRecoveryStatus":"\(backups)"}}}
                    """)
            ],
            "UpdateTimeToLive": [.json("{}")], "UpdateContinuousBackups": [.json("{}")], "UpdateTable": [.json("{}")],
            "DeleteTable": [.json("{}")],
        ])
    }

    @Test func aTableAsAskedForIsNoChange() async throws {
        let found = try #require(try await Self.table.read(Self.cloud().scope("table-seat-lock")))
        #expect(found.owner == .ours && found.state == .ready)
        #expect(Self.table.changes(from: found.settings, Values()) == [])
    }

    @Test func eachSettingThatDiffersIsOneLineAndOneCall() async throws {
        let cloud = Self.cloud(
            table: Self.description(billing: "PROVISIONED", protection: false), ttl: "DISABLED", backups: "DISABLED")
        let scope = cloud.scope("table-seat-lock")
        let found = try #require(try await Self.table.read(scope))
        let changes = Self.table.changes(from: found.settings, Values())
        #expect(
            changes == [
                Change("billingMode", from: "PROVISIONED", to: "PAY_PER_REQUEST"),
                Change("deletionProtection", from: "false", to: "true"), Change("timeToLive", from: nil, to: "ttl"),
                Change("pointInTimeRecovery", from: "false", to: "true"),
            ])
        _ = try await Self.table.update(found.settings, changes, scope)
        #expect(cloud.actions.suffix(3) == ["UpdateTimeToLive", "UpdateContinuousBackups", "UpdateTable"])
    }

    @Test func anotherKeyCannotBeHadInPlace() async throws {
        let found = try #require(try await Self.table.read(Self.cloud().scope("table-seat-lock")))
        var table = Self.table
        table.sortKey = .init("seat", .text)
        #expect(
            table.changes(from: found.settings, Values()) == [
                Change("key", from: "pk S HASH, sk S RANGE", to: "pk S HASH, seat S RANGE", isImmutable: true)
            ])
    }

    @Test func aTableActiveAtOnceGetsItsOtherSettingsInTheSameStep() async throws {
        let cloud = Self.cloud()
        let made = try await Self.table.create(cloud.scope("table-seat-lock"))
        #expect(cloud.actions == ["CreateTable", "UpdateTimeToLive", "UpdateContinuousBackups"])
        #expect(Self.table.changes(from: made.settings, Values()) == [])
        let body = try #require(cloud.body(of: "CreateTable"))
        let definitions = try #require(body["AttributeDefinitions"] as? [[String: String]])
        #expect(definitions.compactMap { $0["AttributeName"] } == ["pk", "sk", "unsent", "createdAt"])
    }

    @Test func aTableStillBeingMadeIsComeBackTo() async throws {
        let cloud = Self.cloud(table: Self.description(status: "CREATING"))
        let error = await #expect(throws: UnfinishedCreation.self) {
            try await Self.table.create(cloud.scope("table-seat-lock"))
        }
        #expect(cloud.actions == ["CreateTable"])
        // The executor looks the table up and finishes it by an update, which waits until it is active.
        #expect(AWSErrors().disposition(of: try #require(error)) == .alreadyExists)
        #expect(AWSErrors().disposition(of: NotYet("x")) == .busy)
    }

    @Test func protectionIsTakenOffBeforeTheTable() async throws {
        let cloud = Self.cloud()
        let scope = cloud.scope("table-seat-lock")
        let found = try #require(try await Self.table.read(scope))
        try await Self.table.delete(found.settings, scope)
        #expect(cloud.actions.suffix(2) == ["UpdateTable", "DeleteTable"])
        #expect(cloud.body(of: "UpdateTable")?["DeletionProtectionEnabled"] as? Bool == false)
    }

    @Test func theSharedTableIsReadInOneCallAndKeptByDown() async throws {
        let cloud = ScriptedCloud([
            "DescribeTable": [
                .json(
                    """
                    {"Table":{"TableName":"tickctl-lock","TableStatus":"ACTIVE",
                     "AttributeDefinitions":[{"AttributeName":"stack","AttributeType":"S"}],
                     "KeySchema":[{"AttributeName":"stack","KeyType":"HASH"}],
                     "BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST"}}}
                    """)
            ]
        ])
        let found = try #require(try await DynamoDBTable.runLock.read(cloud.scope("table-lock")))
        #expect(found.owner == .inherited && DynamoDBTable.runLock.isShared)
        #expect(DynamoDBTable.runLock.changes(from: found.settings, Values()) == [])
        #expect(cloud.actions == ["DescribeTable"])
    }
}
