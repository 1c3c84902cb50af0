import AWSResources
import Provisioning

/// How long AWS lets the name of one type of resource be, and which name a resource has.
struct NameLimit: Sendable {
    /// With its article: "a target group".
    var kind: String
    var maximumLength: Int
    /// Where AWS says so.
    var documentation: String
    var name: @Sendable (any Resource<AWSCloud>) -> String?

    private init(
        _ kind: String, _ maximumLength: Int, _ documentation: String,
        _ name: @escaping @Sendable (any Resource<AWSCloud>) -> String?
    ) {
        self.kind = kind
        self.maximumLength = maximumLength
        self.documentation = "https://docs.aws.amazon.com/" + documentation
        self.name = name
    }

    static let all = [
        NameLimit("a load balancer", 32, "elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html") {
            ($0 as? LoadBalancer)?.name
        },
        NameLimit("a target group", 32, "elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html") {
            ($0 as? TargetGroup)?.name
        },
        NameLimit(
            "a replication group", 40, "AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html"
        ) { ($0 as? ReplicationGroup)?.identifier },
        NameLimit("a bucket", 63, "AmazonS3/latest/userguide/bucketnamingrules.html") { ($0 as? Bucket)?.name },
        NameLimit("a database cluster", 63, "AmazonRDS/latest/APIReference/API_CreateDBCluster.html") {
            ($0 as? AuroraCluster)?.identifier
        },
        NameLimit("a database instance", 63, "AmazonRDS/latest/APIReference/API_CreateDBInstance.html") {
            ($0 as? AuroraInstance)?.identifier
        },
        NameLimit("an IAM role", 64, "IAM/latest/APIReference/API_CreateRole.html") { ($0 as? IAMRole)?.name },
        NameLimit("a queue", 80, "AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html") {
            ($0 as? SQSQueue)?.name
        },
        NameLimit("a cache policy", 128, "cloudfront/latest/APIReference/API_CachePolicyConfig.html") {
            ($0 as? CachePolicy)?.name
        },
        NameLimit("a table", 255, "amazondynamodb/latest/APIReference/API_CreateTable.html") {
            ($0 as? DynamoDBTable)?.name
        },
        NameLimit("a cluster", 255, "AmazonECS/latest/APIReference/API_CreateCluster.html") {
            ($0 as? ECSCluster)?.name
        },
        NameLimit("a service", 255, "AmazonECS/latest/APIReference/API_CreateService.html") {
            ($0 as? ECSService)?.name
        },
        NameLimit(
            "a task definition's family", 255, "AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html"
        ) { ($0 as? TaskDefinition)?.family },
        NameLimit("an alarm", 255, "AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html") {
            ($0 as? MetricAlarm)?.name
        },
        NameLimit("a security group", 255, "AWSEC2/latest/APIReference/API_CreateSecurityGroup.html") {
            ($0 as? SecurityGroup)?.name
        },
        NameLimit("a repository", 256, "AmazonECR/latest/APIReference/API_CreateRepository.html") {
            ($0 as? ECRRepository)?.name
        },
        NameLimit("a topic", 256, "sns/latest/api/API_CreateTopic.html") { ($0 as? SNSTopic)?.name },
        NameLimit("a log group", 512, "AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html") {
            ($0 as? LogGroup)?.name
        },
        NameLimit("a secret", 512, "secretsmanager/latest/apireference/API_CreateSecret.html") {
            ($0 as? Secret)?.name
        },
    ]
}
