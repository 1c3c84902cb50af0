import Foundation
import Provisioning
import TestSupport
import Testing

@testable import AWSResources

@Suite struct CacheTests {
    static let group = ReplicationGroup(
        identifier: "ticket-redis", engineVersion: "7.1", nodeType: "cache.r7g.large", shards: 3, replicasPerShard: 1,
        parameterGroup: "ticket-redis7", subnetGroup: "ticket-redis", securityGroup: "sg-redis",
        authSecret: "arn:secret")

    static func description(
        status: String = "available", shards: Int = 3, multiAZ: String = "enabled", hasNodes: Bool = true
    ) -> String {
        let members = (1...2).map { "<NodeGroupMember><CacheClusterId>c-\($0)</CacheClusterId></NodeGroupMember>" }
            .joined()
        let groups = (1...shards).map {
            "<NodeGroup><NodeGroupId>000\($0)</NodeGroupId><NodeGroupMembers>\(members)</NodeGroupMembers></NodeGroup>"
        }.joined()
        return """
            <ReplicationGroupId>ticket-redis</ReplicationGroupId><Status>\(status)</Status>
            <CacheNodeType>cache.r7g.large</CacheNodeType><AutomaticFailover>enabled</AutomaticFailover>
            <MultiAZ>\(multiAZ)</MultiAZ><ClusterEnabled>true</ClusterEnabled><AuthTokenEnabled>true</AuthTokenEnabled>
            <TransitEncryptionEnabled>true</TransitEncryptionEnabled>
            <AtRestEncryptionEnabled>true</AtRestEncryptionEnabled><ARN>arn:redis</ARN>
            <NodeGroups>\(hasNodes ? groups : "")</NodeGroups>
            """
                + (hasNodes
                    ? """
                    <ConfigurationEndpoint><Address>redis.example</Address><Port>6379</Port></ConfigurationEndpoint>
                    <MemberClusters><ClusterId>ticket-redis-0001-001</ClusterId></MemberClusters>
                    """ : "")
    }

    static let node = """
        <R><DescribeCacheClustersResult><CacheClusters><CacheCluster><EngineVersion>7.1.0</EngineVersion>
        <CacheParameterGroup><CacheParameterGroupName>ticket-redis7</CacheParameterGroupName></CacheParameterGroup>
        <CacheSubnetGroupName>ticket-redis</CacheSubnetGroupName><SecurityGroups><member>
        <SecurityGroupId>sg-redis</SecurityGroupId></member></SecurityGroups></CacheCluster></CacheClusters>
        </DescribeCacheClustersResult></R>
        """

    static func cloud(_ description: String = description(), node: String = node) -> ScriptedCloud {
        let tags = ScriptedCloud.tags("redis").all.map { "<Tag><Key>\($0.key)</Key><Value>\($0.value)</Value></Tag>" }
            .joined()
        let done = ScriptedCloud.Answer.json("<R/>")
        return ScriptedCloud([
            "DescribeReplicationGroups": [
                .json(
                    "<R><DescribeReplicationGroupsResult><ReplicationGroups><ReplicationGroup>\(description)"
                        + "</ReplicationGroup></ReplicationGroups></DescribeReplicationGroupsResult></R>")
            ],
            "ListTagsForResource": [
                .json("<R><ListTagsForResourceResult><TagList>\(tags)</TagList></ListTagsForResourceResult></R>")
            ], "DescribeCacheClusters": [.json(node)],
            "GetSecretValue": [.json("{\"SecretString\":\"planted-token-0123456789\"}")],
            "CreateReplicationGroup": [
                .json(
                    "<R><CreateReplicationGroupResult><ReplicationGroup>\(description)</ReplicationGroup>"
                        + "</CreateReplicationGroupResult></R>")
            ], "ModifyReplicationGroup": [done], "ModifyReplicationGroupShardConfiguration": [done],
            "IncreaseReplicaCount": [done], "DecreaseReplicaCount": [done],
        ])
    }

    @Test func aGroupAsAskedForIsNoChangeInThreeCalls() async throws {
        let cloud = Self.cloud()
        let found = try #require(try await Self.group.read(cloud.scope("redis")))
        #expect(found.owner == .ours && found.state == .ready)
        #expect(found.outputs == ["identifier": "ticket-redis", "endpoint": "redis.example", "port": "6379"])
        #expect(Self.group.changes(from: found.settings, Values()) == [])
        #expect(cloud.actions.count == 3)
    }

    @Test func theTokenIsInTheCreatingCallAndNowhereElse() async throws {
        let cloud = Self.cloud(Self.description(status: "creating", hasNodes: false))
        let made = try await Self.group.create(cloud.scope("redis"))
        #expect(made.state == .changing("creating"))
        #expect(Self.group.changes(from: made.settings, Values()) == [])
        #expect(!"\(made)".contains("planted"))
        let body = try #require(cloud.transport.requests.last).bodyText
        for part in [
            "ClusterMode=enabled", "NumNodeGroups=3", "ReplicasPerNodeGroup=1", "AuthToken=planted-token-0123456789",
            "TransitEncryptionEnabled=true", "AtRestEncryptionEnabled=true", "MultiAZEnabled=true",
            "AutomaticFailoverEnabled=true", "SecurityGroupIds.SecurityGroupId.1=sg-redis", "Tags.Tag.1.Key=Name",
        ] {
            #expect(body.contains(part), "\(part)")
        }
    }

    @Test func aGroupWithoutItsEndpointIsNotReady() async throws {
        let found = try #require(
            try await Self.group.read(Self.cloud(Self.description(status: "available", hasNodes: false)).scope("redis"))
        )
        #expect(found.state != .ready)
    }

    @Test func aSettingChangedByHandIsOneLineAndOneCallWithIt() async throws {
        let cloud = Self.cloud(Self.description(multiAZ: "disabled"))
        let scope = cloud.scope("redis")
        let found = try #require(try await Self.group.read(scope))
        let changes = Self.group.changes(from: found.settings, Values())
        #expect(changes == [Change("multiAZ", from: "false", to: "true")])
        _ = try await Self.group.update(found.settings, changes, scope)
        let call = try #require(
            cloud.transport.requests.first { $0.bodyText.contains("Action=ModifyReplicationGroup") })
        #expect(call.bodyText.contains("MultiAZEnabled=true") && !call.bodyText.contains("EngineVersion"))
    }

    @Test func fewerShardsNameThoseThatGoAndReplicasGoBothWays() async throws {
        let cloud = Self.cloud(Self.description(shards: 5))
        let scope = cloud.scope("redis")
        let found = try #require(try await Self.group.read(scope))
        var group = Self.group
        group.replicasPerShard = 2
        let changes = group.changes(from: found.settings, Values())
        #expect(changes.map(\.setting) == ["shards", "replicasPerShard"])
        _ = try await group.update(found.settings, changes, scope)
        let calls = cloud.transport.requests.map(\.bodyText)
        let resharding = try #require(calls.first { $0.contains("ShardConfiguration") })
        #expect(resharding.contains("NodeGroupCount=3"))
        #expect(resharding.contains("NodeGroupsToRemove.NodeGroupToRemove.1=0004"))
        #expect(resharding.contains("NodeGroupsToRemove.NodeGroupToRemove.2=0005"))
        #expect(calls.contains { $0.contains("Action=IncreaseReplicaCount") && $0.contains("NewReplicaCount=2") })
    }

    @Test func parametersThatAreNotManagedAreNoChange() {
        let group = CacheParameterGroup(
            name: "ticket-redis7", family: "redis7", parameters: ["maxmemory-policy": "volatile-ttl"])
        var observed = CacheParameterGroup.Observed(
            family: "redis7", parameters: ["maxmemory-policy": "volatile-ttl", "timeout": "0"])
        #expect(group.changes(from: observed, Values()) == [])
        observed.parameters["maxmemory-policy"] = "allkeys-lru"
        #expect(
            group.changes(from: observed, Values()) == [
                Change("parameters[maxmemory-policy]", from: "allkeys-lru", to: "volatile-ttl")
            ])
    }
}
