import Foundation
import Provisioning
import TestSupport
import Testing

@testable import AWSResources

@Suite struct DatabaseTests {
    static let cluster = AuroraCluster(
        identifier: "ticket-aurora", engineVersion: "16.9", databaseName: "ticket", minimumACU: 2, maximumACU: 128,
        backupRetentionDays: 7, deletionProtection: true, parameterGroup: "ticket-aurora", subnetGroup: "ticket-aurora",
        securityGroup: "sg-aurora")

    static func description(
        status: String = "available", version: String = "16.9", minimum: String = "2.0", tags: [String: String] = [:]
    ) -> String {
        let all = ScriptedCloud.tags("aurora").all.merging(tags) { $1 }
        let list = all.map { "<Tag><Key>\($0.key)</Key><Value>\($0.value)</Value></Tag>" }.joined()
        return """
            <DBClusterIdentifier>ticket-aurora</DBClusterIdentifier><DBClusterArn>arn:aurora</DBClusterArn>
            <DbClusterResourceId>cluster-ABCDEF123456</DbClusterResourceId><Status>\(status)</Status>
            <EngineVersion>\(version)</EngineVersion><DatabaseName>ticket</DatabaseName><Endpoint>w.example</Endpoint>
            <ReaderEndpoint>r.example</ReaderEndpoint><Port>5432</Port><ServerlessV2ScalingConfiguration>
            <MinCapacity>\(minimum)</MinCapacity><MaxCapacity>128.0</MaxCapacity></ServerlessV2ScalingConfiguration>
            <MasterUserSecret><SecretArn>arn:master</SecretArn></MasterUserSecret>
            <DBClusterParameterGroup>ticket-aurora</DBClusterParameterGroup><DBSubnetGroup>ticket-aurora</DBSubnetGroup>
            <VpcSecurityGroups><VpcSecurityGroupMembership><VpcSecurityGroupId>sg-aurora</VpcSecurityGroupId>
            </VpcSecurityGroupMembership></VpcSecurityGroups><BackupRetentionPeriod>7</BackupRetentionPeriod>
            <StorageEncrypted>true</StorageEncrypted><DeletionProtection>true</DeletionProtection>
            <CopyTagsToSnapshot>true</CopyTagsToSnapshot><TagList>\(list)</TagList>
            """
    }

    static func described(_ description: String = description()) -> ScriptedCloud.Answer {
        .json(
            "<R><DescribeDBClustersResult><DBClusters><DBCluster>\(description)</DBCluster></DBClusters>"
                + "</DescribeDBClustersResult></R>")
    }

    static func versions(_ versions: String...) -> ScriptedCloud.Answer {
        let list = versions.map { "<DBEngineVersion><EngineVersion>\($0)</EngineVersion></DBEngineVersion>" }.joined()
        return .json(
            "<R><DescribeDBEngineVersionsResult><DBEngineVersions>\(list)</DBEngineVersions>"
                + "</DescribeDBEngineVersionsResult></R>")
    }

    static func snapshot(_ status: String) -> ScriptedCloud.Answer {
        .json(
            """
            <R><DescribeDBClusterSnapshotsResult><DBClusterSnapshots><DBClusterSnapshot>
            <DBClusterSnapshotIdentifier>s</DBClusterSnapshotIdentifier>
            <DBClusterIdentifier>ticket-aurora</DBClusterIdentifier><Status>\(status)</Status>
            <PercentProgress>40</PercentProgress></DBClusterSnapshot></DBClusterSnapshots>
            </DescribeDBClusterSnapshotsResult></R>
            """)
    }

    static let modified = ScriptedCloud.Answer.json(
        "<R><ModifyDBClusterResult><DBCluster>\(description())</DBCluster></ModifyDBClusterResult></R>")

    @Test func aClusterAsAskedForIsNoChange() async throws {
        let found = try #require(
            try await Self.cluster.read(ScriptedCloud(["DescribeDBClusters": [Self.described()]]).scope("aurora")))
        #expect(found.owner == .ours && found.state == .ready)
        #expect(found.outputs["endpoint"] == "w.example" && found.outputs["secretArn"] == "arn:master")
        #expect(Self.cluster.changes(from: found.settings, Values()) == [])
    }

    @Test func capacityAndMinorVersionChangeInOneCall() async throws {
        let cloud = ScriptedCloud([
            "DescribeDBClusters": [Self.described(Self.description(version: "16.4", minimum: "0.5"))],
            "DescribeDBEngineVersions": [Self.versions("16.9")], "ModifyDBCluster": [Self.modified],
        ])
        let scope = cloud.scope("aurora")
        let found = try #require(try await Self.cluster.read(scope))
        let changes = Self.cluster.changes(from: found.settings, Values())
        #expect(
            changes == [
                Change("engineVersion", from: "16.4", to: "16.9"), Change("minimumACU", from: "0.5", to: "2.0"),
            ])
        _ = try await Self.cluster.update(found.settings, changes, scope)
        #expect(cloud.actions == ["DescribeDBClusters", "DescribeDBEngineVersions", "ModifyDBCluster"])
        let body = try #require(cloud.transport.requests.last).bodyText
        #expect(body.contains("ServerlessV2ScalingConfiguration.MinCapacity=2"))
        #expect(body.contains("ApplyImmediately=true") && !body.contains("DeletionProtection"))
    }

    @Test(arguments: ["15.12", "17.4", "16.10"]) func otherMajorAndOlderVersionsCannotBeHadInPlace(_ observed: String) {
        #expect(!EngineVersionCheck.isMinorUpgrade(from: observed, to: "16.9"))
        #expect(EngineVersionCheck.isMinorUpgrade(from: "16.8", to: "16.9"))
    }

    @Test func aVersionThatIsNotOfferedIsRefusedWithThoseThatAre() async throws {
        let cloud = ScriptedCloud([
            "DescribeDBEngineVersions": [Self.versions(), Self.versions("15.10", "16.4", "16.8", "17.4")]
        ])
        let error = await #expect(throws: ProvisioningError.self) {
            try await Self.cluster.create(cloud.scope("aurora"))
        }
        #expect(error?.what == "aurora-postgresql 16.9 is not offered in ap-northeast-1; there are 16.4, 16.8")
        #expect(!cloud.actions.contains("CreateDBCluster"))
    }

    @Test func nothingIsDeletedBeforeTheSnapshotIsAvailable() async throws {
        let cloud = ScriptedCloud([
            "DescribeDBClusters": [Self.described()],
            "CreateDBClusterSnapshot": [.json("<R/>"), .queryRefusal("DBClusterSnapshotAlreadyExistsFault")],
            "DescribeDBClusterSnapshots": [Self.snapshot("creating"), Self.snapshot("available")],
            "ModifyDBCluster": [Self.modified], "DeleteDBCluster": [.json("<R/>")],
        ])
        let scope = cloud.scope("aurora")
        let found = try #require(try await Self.cluster.read(scope))
        let error = await #expect(throws: NotYet.self) { try await Self.cluster.delete(found.settings, scope) }
        #expect(error?.description.contains("40 %") == true)
        #expect(cloud.actions.suffix(2) == ["CreateDBClusterSnapshot", "DescribeDBClusterSnapshots"])
        try await Self.cluster.delete(found.settings, scope)
        #expect(
            cloud.actions.suffix(4) == [
                "CreateDBClusterSnapshot", "DescribeDBClusterSnapshots", "ModifyDBCluster", "DeleteDBCluster",
            ])
        #expect(try #require(cloud.transport.requests.last).bodyText.contains("SkipFinalSnapshot=true"))
    }

    @Test func aFailedSnapshotKeepsTheCluster() async throws {
        let cloud = ScriptedCloud([
            "DescribeDBClusters": [Self.described()], "CreateDBClusterSnapshot": [.json("<R/>")],
            "DescribeDBClusterSnapshots": [Self.snapshot("failed")],
        ])
        let scope = cloud.scope("aurora")
        let found = try #require(try await Self.cluster.read(scope))
        await #expect(throws: ProvisioningError.self) { try await Self.cluster.delete(found.settings, scope) }
        #expect(!cloud.actions.contains("DeleteDBCluster") && !cloud.actions.contains("ModifyDBCluster"))
    }

    @Test func eachClusterThatEverHadTheNameHasItsOwnSnapshot() {
        let first = FinalSnapshot(cluster: "ticket-aurora", resourceID: "cluster-ABCDEF111111").name
        let second = FinalSnapshot(cluster: "ticket-aurora", resourceID: "cluster-ABCDEF222222").name
        #expect(first != second && first.hasPrefix("ticket-aurora-final-"))
        #expect(first.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") } && !first.contains("--"))
    }

    @Test(arguments: [("storage-full", true), ("stopped", true), ("backing-up", false), ("upgrading", false)])
    func statesThatWaitingDoesNotEndAreFailures(_ status: String, isFailure: Bool) {
        #expect(DatabaseState.of(status) == (isFailure ? .failed(status) : .changing(status)))
    }

    @Test func anInstanceOfAClusterThatIsNotThereIsNotAskedFor() async throws {
        let cloud = ScriptedCloud([:])
        let reference = Input.output(.init(node: .init(region: "ap-northeast-1", name: "aurora"), output: "identifier"))
        let instance = AuroraInstance(identifier: "ticket-aurora-writer", cluster: reference, promotionTier: 0)
        #expect(try await instance.read(cloud.scope("aurora-writer")) == nil)
        #expect(cloud.actions == [])
    }

    @Test func bothInstancesAreReadByOneCall() async throws {
        func instance(_ name: String, _ tier: Int, insights: Bool) -> String {
            let tags = ScriptedCloud.tags("aurora-\(name)").all.map {
                "<Tag><Key>\($0.key)</Key><Value>\($0.value)</Value></Tag>"
            }
            return """
                <DBInstance><DBInstanceIdentifier>ticket-aurora-\(name)</DBInstanceIdentifier>
                <DBClusterIdentifier>ticket-aurora</DBClusterIdentifier><DBInstanceClass>db.serverless</DBInstanceClass>
                <DBInstanceStatus>available</DBInstanceStatus><PromotionTier>\(tier)</PromotionTier>
                <PerformanceInsightsEnabled>\(insights)</PerformanceInsightsEnabled>
                <AutoMinorVersionUpgrade>false</AutoMinorVersionUpgrade><PubliclyAccessible>false</PubliclyAccessible>
                <TagList>\(tags.joined())</TagList></DBInstance>
                """
        }
        let cloud = ScriptedCloud([
            "DescribeDBInstances": [
                .json(
                    "<R><DescribeDBInstancesResult><DBInstances>\(instance("writer", 0, insights: true))"
                        + "\(instance("reader", 1, insights: false))</DBInstances></DescribeDBInstancesResult></R>")
            ]
        ])
        let writer = AuroraInstance(identifier: "ticket-aurora-writer", cluster: "ticket-aurora", promotionTier: 0)
        let reader = AuroraInstance(identifier: "ticket-aurora-reader", cluster: "ticket-aurora", promotionTier: 1)
        let scope = cloud.scope("aurora-writer")
        let first = try #require(try await writer.read(scope))
        let second = try #require(try await reader.read(scope))
        #expect(writer.changes(from: first.settings, Values()) == [] && first.owner == .ours)
        #expect(
            reader.changes(from: second.settings, Values()) == [
                Change("performanceInsights", from: "false", to: "true")
            ])
        #expect(cloud.actions == ["DescribeDBInstances"])
    }
}
