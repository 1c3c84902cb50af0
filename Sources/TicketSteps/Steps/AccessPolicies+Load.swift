import AWSResources
import Provisioning
import Ticketing

extension AccessPolicies {
    /// What `tickctl load run` does with `--region`, and with `--cloudwatch`.
    var loadRun: [PolicyDocument.Statement] {
        let tasks = everywhere("ecs", "task/\(stack.clusterName)/*")
        return [
            .init(
                "RunTasks", actions: ["ecs:RunTask"],
                resources: everywhere("ecs", "task-definition/\(stack.loadTaskFamily):*"),
                conditions: ["ArnEquals": ["ecs:cluster": everywhere("ecs", "cluster/\(stack.clusterName)")]]),
            .init(
                "TagTasks", actions: ["ecs:TagResource"], resources: tasks,
                conditions: ["StringEquals": ["ecs:CreateAction": ["RunTask"]]]),
            .init(
                "GiveTasksTheirRoles", actions: ["iam:PassRole"],
                resources: [stack.executionRoleName, stack.loadRoleName].map { global("role/\($0)") },
                conditions: ["StringEquals": ["iam:PassedToService": ["ecs-tasks.amazonaws.com"]]]),
            .init("WatchTasks", actions: ["ecs:DescribeTasks"], resources: tasks),
            // Not those of services.
            .init(
                "StopTasks", actions: ["ecs:StopTask"], resources: tasks,
                conditions: ["StringEquals": ["aws:ResourceTag/\(IdentityTags.idKey)": [Stack.loadTaskID]]]),
            .init("ReadDefinition", actions: ["ecs:DescribeTaskDefinition"], resources: ["*"]),
            .init("ReadServices", actions: ["ecs:DescribeServices"], resources: services),
            .init(
                "ReadLogs", actions: ["logs:GetLogEvents"],
                resources: everywhere("logs", "log-group:\(stack.loadLogGroupName):log-stream:*")),
            .init(
                "LeaveAndTakeWord", actions: ["s3:GetObject", "s3:PutObject"],
                resources: ["\(loadBucketARN)/\(Stack.loadPrefix)*"]),
            // Without it an object that is not there yet is no 404, but a 403
            // (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, Permissions).
            .init("KnowWhatIsMissing", actions: ["s3:ListBucket"], resources: [loadBucketARN]),
            // These know no resource.
            .init(
                "ReadMetrics",
                actions: ["application-autoscaling:DescribeScalingActivities", "cloudwatch:GetMetricData"],
                resources: ["*"]),
        ]
    }
}

extension RunPolicy {
    /// What a load test with tasks, or with the platform's own series, needs.
    public static func load(_ stack: Stack, _ context: StackContext) -> RunPolicy {
        RunPolicy(granting: AccessPolicies(stack: stack, context: context).loadRun)
    }
}

extension Stack {
    /// The value of `IdentityTags.idKey` on tasks that generate load.
    public static let loadTaskID = "load"
}
