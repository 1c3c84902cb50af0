import AWSResources
import Ticketing

extension AccessPolicies {
    /// What `tickctl verify`, and a deployment before it begins, looks at.
    var verify: [PolicyDocument.Statement] {
        let secrets = Set(
            Role.allCases.flatMap { $0.declaration.secrets.map(\.resource) } + [RoleDeclaration.Resource.databaseSecret]
        )
        return [
            registrySignIn,
            .init("ReadImages", actions: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], resources: repositories),
            .init("ReadRoles", actions: ["iam:GetRole", "iam:SimulatePrincipalPolicy"], resources: taskRoles),
            .init("ReadServices", actions: ["ecs:DescribeServices"], resources: services),
            // Without their values.
            .init(
                "DescribeSecrets", actions: ["secretsmanager:DescribeSecret"],
                resources: secrets.sorted { $0.rawValue < $1.rawValue }.flatMap { arns(of: $0) }),
            .init("ReadRevisions", actions: ["ecs:DescribeTaskDefinition"], resources: ["*"]),
        ] + surroundings
    }

    /// What services stand on beside themselves.
    var surroundings: [PolicyDocument.Statement] {
        [
            .init("ReadQueues", actions: ["sqs:GetQueueAttributes", "sqs:GetQueueUrl"], resources: queues),
            // These know no resource, or ask about several.
            .init(
                "LookAround",
                actions: [
                    "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "elasticloadbalancing:DescribeTargetGroups",
                    "iam:ListRoles", "logs:DescribeLogGroups", "servicequotas:GetAWSDefaultServiceQuota",
                    "servicequotas:GetServiceQuota",
                ], resources: ["*"]),
        ]
    }

    /// What `logs`, `tasks`, `exec`, `status --watch` and `freeze` do.
    var operate: [PolicyDocument.Statement] {
        [
            .init(
                "ReadLogs", actions: ["logs:FilterLogEvents"],
                resources: Role.allCases.flatMap { everywhere("logs", "log-group:\(stack.logGroupName($0)):*") }
                    + Role.allCases.flatMap { everywhere("logs", "log-group:\(stack.logGroupName($0))") }),
            .init(
                "ReadTasks", actions: ["ecs:DescribeTasks"], resources: everywhere("ecs", "task/\(stack.clusterName)/*")
            ),
            .init(
                "Watch",
                actions: [
                    "cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData", "ecs:ListTasks",
                    "elasticloadbalancing:DescribeLoadBalancers",
                ], resources: ["*"]),
            freeze("dynamodb:GetItem", "dynamodb:UpdateItem"),
        ]
    }

    /// The run lock and the freeze, in the primary region.
    func freeze(_ actions: String...) -> PolicyDocument.Statement {
        .init(
            "Freeze", actions: actions,
            resources: everywhere("dynamodb", "table/\(Stack.lockTableName)").prefix(1).map(\.self))
    }

    private var taskRoles: [String] {
        ([stack.executionRoleName] + Role.allCases.map { stack.taskRoleName($0) }).map { global("role/\($0)") }
    }

    var services: [String] {
        Role.allCases.flatMap { everywhere("ecs", "service/\(stack.clusterName)/\(stack.serviceName($0))") }
    }

    private var queues: [String] {
        [stack.commitQueueName, stack.deadLetterQueueName].flatMap { everywhere("sqs", $0) }
    }
}

extension RunPolicy {
    /// What operators need who change nothing: `verify`, `logs`, `tasks`, `exec`, `status --watch`, `freeze`.
    public static func operate(_ stack: Stack, _ context: StackContext) -> RunPolicy {
        let policies = AccessPolicies(stack: stack, context: context)
        return RunPolicy(granting: policies.verify + policies.operate)
    }

    /// What the deploy role of step 02 has: `deploy`, `rollback`, `releases`.
    public static func deploy(_ stack: Stack, _ context: StackContext) -> RunPolicy {
        RunPolicy(granting: AccessPolicies(stack: stack, context: context).deploy.statements)
    }

    init(granting statements: [PolicyDocument.Statement]) {
        self.init(
            joining: statements.map { statement in
                Permission(
                    Set(statement.actions), on: Set(statement.resources ?? []), conditions: statement.conditions ?? [:])
            })
    }

    /// Of these, what reads: enough for `plan`.
    public var readOnly: RunPolicy {
        let verbs = ["BatchGet", "Describe", "Get", "List"]
        return RunPolicy(
            joining: statements.compactMap { statement in
                var statement = statement
                statement.actions = statement.actions.filter { action in
                    verbs.contains { (action.split(separator: ":").last ?? "").hasPrefix($0) }
                }
                return statement.actions.isEmpty ? nil : statement
            })
    }
}
