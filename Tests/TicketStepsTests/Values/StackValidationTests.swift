import Provisioning
import StrictYAML
import Testing
import Ticketing

@testable import TicketSteps

/// Values that can be read but cannot work.
@Suite struct StackValidationTests {
    private func problems(_ yaml: String, _ environment: [String: String] = [:]) -> [String] {
        var source = StackSource(yaml: yaml, path: "f", stack: "ticket")
        source.override(with: environment)
        do {
            _ = try source.validated()
            return []
        } catch {
            return (error as? ValueProblems)?.problems.map(\.description) ?? ["\(error)"]
        }
    }

    private static func regions(_ blocks: String...) -> String {
        let names = ["eu-west-1", "eu-west-2", "eu-west-3"]
        return "regions:\n" + zip(names, blocks).map { "- name: \($0)\n  vpcCIDR: \($1)\n" }.joined()
    }

    private static let identifierRule =
        "must be lower-case letters, digits and single hyphens, beginning with a letter and not ending with a hyphen"
    private static let documentation = "https://docs.aws.amazon.com/"
    private static func text(_ count: Int) -> String { String(repeating: "a", count: count) }

    private static let names: [(yaml: String, problem: String)] = [
        ("name: 1st", "f:1: name: \(identifierRule); it is \"1st\""),
        ("name: under_score", "f:1: name: \(identifierRule); it is \"under_score\""),
        ("name: ends-", "f:1: name: \(identifierRule); it is \"ends-\""),
        ("name: two--hyphens", "f:1: name: \(identifierRule); it is \"two--hyphens\""),
        ("name: caf\u{E9}", "f:1: name: \(identifierRule); it is \"caf\u{E9}\""),
        (
            "name: \(text(25))",
            "f:1: name: must be shorter by 1: it makes \"\(text(25))-confirm\", and a target group's name has at "
                + "most 32 (\(documentation)elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html)"
        ),
        (
            "name: internal",
            "f:1: name: must not be or begin with \"internal\": AWS keeps load balancers' names with \"internal-\" for "
                + "itself; choose another"
        ),
        ("redis:\n  clusterID: A", "f:2: redis.clusterID: \(identifierRule); it is \"A\""),
        (
            "redis:\n  clusterID: \(text(42))",
            "f:2: redis.clusterID: must be shorter by 2: it makes \"\(text(42))\", and a replication group's name "
                + "has at most 40 (\(documentation)AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html)"
        ),
        ("aurora:\n  clusterID: a.b", "f:2: aurora.clusterID: \(identifierRule); it is \"a.b\""),
        (
            "aurora:\n  clusterID: \(text(57))",
            "f:2: aurora.clusterID: must be shorter by 1: it makes \"\(text(57))-writer\", and a database instance's "
                + "name has at most 63 (\(documentation)AmazonRDS/latest/APIReference/API_CreateDBInstance.html)"
        ),
        (
            "account: '12345678901'",
            "f:1: account: must be the account's 12 digits in quotes, or null to ask STS; it is \"12345678901\""
        ),
    ]

    private static let networks: [(yaml: String, problem: String)] = [
        (
            "regions:\n- {name: eu-west-1, vpcCIDR: 10.0.0.0/16}\n- {name: eu-west-1, vpcCIDR: 10.1.0.0/16}",
            "f:3: regions[1].name: \"eu-west-1\" stands here a second time; name it once"
        ),
        (
            "regions:\n- name: EU West\n  vpcCIDR: 10.0.0.0/16",
            "f:2: regions[0].name: \"EU West\" is not the name of a region, such as ap-northeast-1"
        ),
        (
            regions("10.0.0.0"),
            "f:3: regions[0].vpcCIDR: \"10.0.0.0\" is not a block of IPv4 addresses, such as 10.11.0.0/16"
        ),
        (
            regions("10.0.0.256/16"),
            "f:3: regions[0].vpcCIDR: \"10.0.0.256/16\" is not a block of IPv4 addresses, such as 10.11.0.0/16"
        ),
        (
            regions("fd00::/48"),
            "f:3: regions[0].vpcCIDR: \"fd00::/48\" is not a block of IPv4 addresses, such as 10.11.0.0/16"
        ),
        (
            regions("10.1.2.3/16"),
            "f:3: regions[0].vpcCIDR: \"10.1.2.3/16\" has bits set behind its prefix; the block is 10.1.0.0/16"
        ),
        (
            regions("172.32.0.0/16"),
            "f:3: regions[0].vpcCIDR: 172.32.0.0/16 is not private; choose a block within 10.0.0.0/8, 172.16.0.0/12 or "
                + "192.168.0.0/16 (RFC 1918)"
        ),
        (
            regions("10.0.0.0/15"),
            "f:3: regions[0].vpcCIDR: 10.0.0.0/15 must be from /16 to /24: AWS has no larger VPC, and six subnets no room "
                + "in less"
        ),
        (
            regions("10.0.0.0/25"),
            "f:3: regions[0].vpcCIDR: 10.0.0.0/25 must be from /16 to /24: AWS has no larger VPC, and six subnets no room "
                + "in less"
        ),
        (
            regions("10.1.0.0/16", "10.2.0.0/16", "10.2.0.0/17"),
            "f:7: regions[2].vpcCIDR: 10.2.0.0/17 overlaps with 10.2.0.0/16 of eu-west-2; the regions' blocks must be apart"
        ),
        (
            regions("10.1.0.0/18"),
            "f:3: regions[0].vpcCIDR: 10.1.0.0/18 holds 4 subnets of /20, and 6 are needed; set network.subnetPrefix to 21 "
                + "or more, or vpcCIDR to a /17 or larger"
        ),
        (
            regions("10.1.0.0/16") + "network:\n  subnetPrefix: 18",
            "f:5: network.subnetPrefix: 10.1.0.0/16 holds 4 subnets of /18, and 6 are needed; set network.subnetPrefix to "
                + "19 or more"
        ),
        (
            "services:\n  public:\n    maximumTasks: 5000\n  confirm:\n    maximumTasks: 5000\n  worker:\n    "
                + "maximumTasks: 5000",
            "f:3: services.public.maximumTasks: a /20 has 4091 free addresses, and each private subnet needs 10010: 10000 "
                + "for tasks during a deployment at the maximum, 2 for Redis, 5 for endpoints, 2 for Aurora, 1 for step 08; "
                + "no VPC holds six subnets of that size: lower services.*.maximumTasks"
        ),
        (
            "network:\n  subnetPrefix: 23",
            "f:2: network.subnetPrefix: a /23 has 507 free addresses, and each private subnet needs 810: 800 for tasks "
                + "during a deployment at the maximum, 2 for Redis, 5 for endpoints, 2 for Aurora, 1 for step 08; set "
                + "network.subnetPrefix to 22 or less and each vpcCIDR to a /19 or larger, or lower services.*.maximumTasks"
        ),
        (
            "services:\n  confirm:\n    maximumTasks: 5000\n  worker:\n    maximumTasks: 5000",
            "f:3: services.confirm.maximumTasks: a /20 has 4091 free addresses, and each private subnet needs 6944: 6934 "
                + "for tasks during a deployment at the maximum, 2 for Redis, 5 for endpoints, 2 for Aurora, 1 for step 08; "
                + "set network.subnetPrefix to 19 or less and each vpcCIDR to a /16 or larger, or lower "
                + "services.*.maximumTasks"
        ),
        (
            "network:\n  endpoints: [sqs, s3]",
            "f:2: network.endpoints[1]: there is no endpoint \"s3\" here; choose of ecr.api, ecr.dkr, logs, sqs, "
                + "secretsmanager"
        ),
        (
            "network:\n  endpoints:\n  - sqs\n  - sqs",
            "f:4: network.endpoints[1]: \"sqs\" stands here a second time; name it once"
        ),
    ]

    private static let nodeFamilies =
        "cache.r7g, cache.r6g, cache.m7g, cache.m6g, cache.c7gn, cache.r5, cache.m5, cache.t4g, cache.t3"

    private static let dataPlanes: [(yaml: String, problem: String)] = [
        (
            "redis:\n  nodeType: r7g.large",
            "f:2: redis.nodeType: \"r7g.large\" is not a node type for Redis 7; take one of the families \(nodeFamilies), "
                + "such as cache.r7g.large"
        ),
        (
            "redis:\n  nodeType: cache.r6gd.xlarge",
            "f:2: redis.nodeType: \"cache.r6gd.xlarge\" is not a node type for Redis 7; take one of the families "
                + "\(nodeFamilies), such as cache.r7g.large"
        ),
        (
            "redis:\n  nodeType: cache.r7g.24xlarge",
            "f:2: redis.nodeType: cache.r7g has no size \"24xlarge\"; its sizes are large, xlarge, 2xlarge, 4xlarge, "
                + "8xlarge, 12xlarge, 16xlarge"
        ),
        (
            "regions: [{name: mx-central-1, vpcCIDR: 10.0.0.0/16}]\nredis:\n  nodeType: cache.r6g.large",
            "f:3: redis.nodeType: cache.r6g.large is not offered in mx-central-1; use cache.r7g.large or cache.m7g.large"
        ),
        (
            "regions: [{name: ap-southeast-7, vpcCIDR: 10.0.0.0/16}]\nredis:\n  nodeType: cache.r5.24xlarge",
            "f:3: redis.nodeType: cache.r5.24xlarge is not offered in ap-southeast-7; use one of cache.r7g, cache.m7g, "
                + "cache.t4g, cache.t3"
        ),
        ("redis:\n  engineVersion: '6.2'", "f:2: redis.engineVersion: must be one of 7.0, 7.1; it is \"6.2\""),
        (
            "redis:\n  replicasPerShard: 5\n  shards: 84",
            "f:3: redis.shards: 84 shards of 6 nodes are 504: a cluster has at most 500, and more than 90 only with a "
                + "raised quota; lower shards or replicasPerShard"
        ),
        ("aurora:\n  minimumACU: 2.25", "f:2: aurora.minimumACU: must be a multiple of 0.5; it is 2.25"),
        ("aurora:\n  maximumACU: 100.1", "f:2: aurora.maximumACU: must be a multiple of 0.5; it is 100.1"),
        ("aurora:\n  minimumACU: 129", "f:2: aurora.minimumACU: minimumACU 129 is more than maximumACU 128"),
        ("aurora:\n  maximumACU: 1.5", "f:2: aurora.maximumACU: minimumACU 2 is more than maximumACU 1.5"),
        (
            "aurora:\n  engineVersion: '14.9'",
            "f:2: aurora.engineVersion: must be a version of Aurora PostgreSQL from 15 on, such as \"16.9\"; it is \"14.9\""
        ),
        (
            "aurora:\n  engineVersion: latest",
            "f:2: aurora.engineVersion: must be a version of Aurora PostgreSQL from 15 on, such as \"16.9\"; it is "
                + "\"latest\""
        ),
        (
            "aurora:\n  database: my-db",
            "f:2: aurora.database: must be 1 to 63 lower-case letters, digits and underscores, beginning with a letter; it "
                + "is \"my-db\""
        ),
        (
            "aurora:\n  database: user",
            "f:2: aurora.database: \"user\" is reserved by PostgreSQL or RDS; choose another, such as ticket"
        ),
        (
            "aurora:\n  database: postgres",
            "f:2: aurora.database: \"postgres\" is reserved by PostgreSQL or RDS; choose another, such as ticket"
        ),
    ]

    private static let tasks: [(yaml: String, problem: String)] = [
        (
            "image:\n  tag: .hidden",
            "f:2: image.tag: must be 1 to 128 letters, digits, _, . and -, not beginning with . or -; it is \".hidden\""
        ),
        (
            "cluster:\n  logRetentionDays: 31",
            "f:2: cluster.logRetentionDays: CloudWatch does not keep logs for 31 days; choose of 1, 3, 5, 7, 14, 30, 60, "
                + "90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653"
        ),
        (
            "cluster:\n  githubRepository: owner",
            "f:2: cluster.githubRepository: must be \"owner/repository\", or null for no deploy role; it is \"owner\""
        ),
        (
            "cluster:\n  githubRepository: owner/*",
            "f:2: cluster.githubRepository: must be \"owner/repository\", or null for no deploy role; it is \"owner/*\""
        ),
        (
            "cluster:\n  githubRef: refs/heads/*",
            "f:2: cluster.githubRef: must be one branch or tag in full, such as refs/heads/main; it is \"refs/heads/*\""
        ),
        (
            "tasks:\n  cpu: 1000",
            "f:2: tasks.cpu: Fargate has no tasks of 1000 CPU units; choose of 256, 512, 1024, 2048, 4096, 8192, 16384"
        ),
        (
            "tasks:\n  memoryMiB: 1024",
            "f:2: tasks.memoryMiB: Fargate has no 1024 MiB for 1024 CPU units; choose of 2048, 3072, 4096, 5120, 6144, "
                + "7168, 8192"
        ),
        (
            "tasks:\n  cpu: 256\n  memoryMiB: 4096",
            "f:3: tasks.memoryMiB: Fargate has no 4096 MiB for 256 CPU units; choose of 512, 1024, 2048"
        ),
        (
            "load:\n  cpu: 2048\n  memoryMiB: 2048",
            "f:3: load.memoryMiB: Fargate has no 2048 MiB for 2048 CPU units; choose of "
                + (4...16).map { String($0 * 1024) }.joined(separator: ", ")
        ),
        ("load:\n  resultsDays: 0", "f:2: load.resultsDays: must be a whole number from 1 to 3650, not the number 0"),
        // The memory is the default's: it is the cpu that somebody set.
        (
            "tasks:\n  cpu: 4096",
            "f:2: tasks.cpu: Fargate has no 2048 MiB for 4096 CPU units; choose of "
                + (8...30).map { String($0 * 1024) }.joined(separator: ", ")
        ),
        (
            "tasks:\n  environment:\n    1A: x",
            "f:3: tasks.environment.1A: \"1A\" is no name of a variable: letters, digits and _, not beginning with a digit"
        ),
        (
            "tasks:\n  environment:\n    SQS_URL: x",
            "f:3: tasks.environment.SQS_URL: SQS_URL is set by tickctl for confirm, worker; take it out"
        ),
        (
            "tasks:\n  environment:\n    WEBHOOK_SECRET: x",
            "f:3: tasks.environment.WEBHOOK_SECRET: WEBHOOK_SECRET is set by tickctl for confirm; take it out"
        ),
        (
            "tasks:\n  environment:\n    PORT: '80'",
            "f:3: tasks.environment.PORT: PORT is set by tickctl for public, confirm; take it out"
        ),
        (
            "tasks:\n  environment:\n    SHUTDOWN_GRACE: soon",
            "f:3: tasks.environment.SHUTDOWN_GRACE: must be a whole number of seconds; it is \"soon\""
        ),
        (
            "tasks:\n  stopTimeoutSeconds: 25",
            "f:2: tasks.stopTimeoutSeconds: tasks are killed after 25 s and take 25 s to finish; raise stopTimeoutSeconds, "
                + "or set tasks.environment.SHUTDOWN_GRACE lower"
        ),
        (
            "services:\n  public:\n    minimumTasks: 30",
            "f:3: services.public.minimumTasks: must be minimumTasks <= initialTasks <= maximumTasks; they are 30, 24 and "
                + "400"
        ),
        (
            "services:\n  worker:\n    initialTasks: 401",
            "f:3: services.worker.initialTasks: must be minimumTasks <= initialTasks <= maximumTasks; they are 6, 401 and "
                + "400"
        ),
    ]

    private static let edges: [(yaml: String, problem: String)] = [
        (
            regions("10.0.0.0/16") + "  certificate: mine",
            "f:4: regions[0].certificate: must be the ARN of an ACM certificate, "
                + "arn:aws:acm:eu-west-1:ACCOUNT:certificate/ID; it is \"mine\""
        ),
        (
            regions("10.0.0.0/16") + "  certificate: arn:aws:acm:us-east-1:123456789012:certificate/a",
            "f:4: regions[0].certificate: the certificate is in us-east-1, and must be in eu-west-1; request one there"
        ),
        (
            regions("10.0.0.0/16") + "  accessLogsBucket: My_Logs",
            "f:4: regions[0].accessLogsBucket: \"My_Logs\" is no name of a bucket: 3 to 63 lower-case letters, digits, dots "
                + "and hyphens"
        ),
        ("alarms:\n  email: [ops]", "f:2: alarms.email[0]: \"ops\" is not an e-mail address"),
        (
            "alarms:\n  email:\n  - a@example.com\n  - a@example.com",
            "f:4: alarms.email[1]: \"a@example.com\" stands here a second time; name it once"
        ),
        (
            "cloudfront:\n  aliases: [tickets.example.com]",
            "f:2: cloudfront.aliases: aliases need cloudfront.certificate, the ARN of an ACM certificate in us-east-1"
        ),
        (
            "cloudfront:\n  aliases: [https://a.b]\n  certificate: arn:aws:acm:us-east-1:123456789012:certificate/a",
            "f:2: cloudfront.aliases[0]: \"https://a.b\" is not a host name in lower case, such as tickets.example.com"
        ),
        (
            "cloudfront:\n  certificate: arn:aws:acm:eu-west-1:123456789012:certificate/a",
            "f:2: cloudfront.certificate: the certificate is in eu-west-1, and must be in us-east-1; request one there"
        ),
        (
            "cloudfront:\n  priceClass: cheap",
            "f:2: cloudfront.priceClass: must be one of PriceClass_100, PriceClass_200, PriceClass_All; it is \"cheap\""
        ),
        (
            "cloudfront:\n  enabled: false\nnetwork:\n  albIngress: cloudfront",
            "f:4: network.albIngress: only CloudFront may reach the load balancers, but it is switched off: set "
                + "network.albIngress to anywhere or cloudfront.enabled to true"
        ),
    ]

    private static let refusals = names + networks + dataPlanes + tasks + edges

    @Test(arguments: refusals.indices)
    func whatCannotWorkIsToldWithItsLine(index: Int) {
        let (yaml, problem) = Self.refusals[index]
        #expect(problems(yaml) == [problem])
    }

    private static let accepted = [
        "name: \(text(24))",
        "redis:\n  clusterID: \(text(40))",
        "aurora:\n  clusterID: \(text(56))",
        "redis:\n  replicasPerShard: 1\n  shards: 250",
        "aurora: {minimumACU: 0, maximumACU: 256}",
        "tasks: {cpu: 16384, memoryMiB: 122880}",
        "tasks: {environment: {LOG_LEVEL: debug, CONFIRM_REQUIRE_ROOM_TOKEN: 'true', OWN: x}}",
        "tasks: {stopTimeoutSeconds: 10, environment: {SHUTDOWN_GRACE: '9'}}",
        "regions: [{name: mx-central-1, vpcCIDR: 10.0.0.0/16}]\nredis: {nodeType: cache.t4g.small}",
        "regions: [{name: us-gov-west-1, vpcCIDR: 192.168.0.0/16}]",
        regions("10.0.0.0/24") + "network: {subnetPrefix: 27}\nservices:\n"
            + ["public", "confirm", "worker"].map {
                "  \($0): {initialTasks: 1, minimumTasks: 1, maximumTasks: 2}\n"
            }.joined(),
        "cloudfront: {enabled: false}",
    ]

    @Test(arguments: accepted)
    func whatWorksIsAccepted(yaml: String) {
        #expect(problems(yaml) == [])
    }

    /// The variables go before the file, and problems name whichever was in force.
    @Test func aValueOfTheEnvironmentIsToldAsSuch() {
        let environment = [
            "APP_NAME": "Other", "AWS_ACCOUNT_ID": "12", "AWS_REGIONS": "eu-west-2,nowhere", "VPC_CIDR": "",
            "AURORA_CLUSTER_ID": "-a", "REDIS_CLUSTER_ID": "-r", "IMAGE_TAG": "-t",
        ]
        #expect(
            problems("name: ticket\n" + Self.regions("10.1.0.0/16", "1.2.3.4/16"), environment) == [
                "f:6: regions[0].vpcCIDR: \"1.2.3.4/16\" has bits set behind its prefix; the block is 1.2.0.0/16",
                "environment: AWS_ACCOUNT_ID: must be the account's 12 digits in quotes, or null to ask STS; it is \"12\"",
                "environment: APP_NAME: \(Self.identifierRule); it is \"Other\"",
                "environment: REDIS_CLUSTER_ID: \(Self.identifierRule); it is \"-r\"",
                "environment: AURORA_CLUSTER_ID: \(Self.identifierRule); it is \"-a\"",
                "environment: AWS_REGIONS: \"nowhere\" is not the name of a region, such as ap-northeast-1",
                "environment: IMAGE_TAG: must be 1 to 128 letters, digits, _, . and -, not beginning with . or -; it is "
                    + "\"-t\"",
            ])
    }

    @Test func blocksOfTheEnvironmentBelongToItsRegions() throws {
        var source = StackSource(stack: "ticket")
        source.override(with: ["AWS_REGIONS": "eu-west-1 eu-west-2", "VPC_CIDR": "10.1.0.0/16, 10.2.0.0/16"])
        #expect(
            try source.validated().regions == [
                .init(name: "eu-west-1", vpcCIDR: "10.1.0.0/16"), .init(name: "eu-west-2", vpcCIDR: "10.2.0.0/16"),
            ])
        #expect(
            problems("", ["VPC_CIDR": "10.1.0.0/16"]) == [
                "environment: VPC_CIDR: names 1 blocks for 2 regions (ap-northeast-1, ap-northeast-2); give one block a "
                    + "region, in that order"
            ])
        #expect(
            problems("", ["VPC_CIDR": "10.1.0.0/16,10.1.0.0/16"]) == [
                "environment: VPC_CIDR: 10.1.0.0/16 overlaps with 10.1.0.0/16 of ap-northeast-1; the regions' blocks must "
                    + "be apart"
            ])
    }

    @Test func aDefaultIsToldAsSuch() {
        let error = #expect(throws: ValueProblems.self) { try StackSource(stack: "Bad").validated() }
        #expect(error?.description == "default: name: \(Self.identifierRule); it is \"Bad\"")
    }

    @Test func everyTypeWithALimitIsMadeByTheSteps() throws {
        let resources = try StackGraph.sample(of: Stack()).graph.nodes.map(\.resource)
        for limit in NameLimit.all {
            let names = resources.compactMap(limit.name)
            #expect(!names.isEmpty, "\(limit.kind) is made by no step")
            #expect(names.allSatisfy { $0.utf8.count <= limit.maximumLength })
        }
    }
}
