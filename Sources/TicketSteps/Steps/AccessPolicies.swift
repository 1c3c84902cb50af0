import AWSResources
import Provisioning
import Ticketing

/// The policies of step 02, on exact names in every region of the stack.
struct AccessPolicies {
    let stack: Stack
    let context: StackContext

    // MARK: who may take a role on

    /// ECS, for tasks of this account only: without the conditions another account's task could be made to use the role
    /// (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html).
    var tasksTrust: PolicyDocument {
        PolicyDocument([
            .init(
                "Tasks", principal: ["Service": ["ecs-tasks.amazonaws.com"]], actions: ["sts:AssumeRole"],
                conditions: [
                    "ArnLike": ["aws:SourceArn": everywhere("ecs", "*")],
                    "StringEquals": ["aws:SourceAccount": [context.account]],
                ])
        ])
    }

    /// Jobs of one repository's one ref
    /// (https://docs.github.com/en/actions/security-for-github-actions/security-hardening-your-deployments/about-security-hardening-with-openid-connect).
    func deployTrust(issuer: String, audience: String, repository: String, ref: String) -> PolicyDocument {
        PolicyDocument([
            .init(
                "GitHub", principal: ["Federated": [global("oidc-provider/\(issuer)")]],
                actions: ["sts:AssumeRoleWithWebIdentity"],
                conditions: [
                    "StringEquals": [
                        "\(issuer):aud": [audience], "\(issuer):sub": ["repo:\(repository):ref:\(ref)"],
                    ]
                ])
        ])
    }

    // MARK: what a role may do

    /// What ECS does before a task runs: pull its image, read its secrets, open its log stream.
    var execution: PolicyDocument {
        PolicyDocument([
            registrySignIn,
            .init(
                "PullImages",
                actions: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                resources: repositories),
            .init(
                "WriteLogs", actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
                resources: (Role.allCases.map(stack.logGroupName) + [stack.loadLogGroupName]).flatMap {
                    everywhere("logs", "log-group:\($0):*")
                }),
            .init(
                "InjectSecrets", actions: ["secretsmanager:GetSecretValue"],
                resources: Set(Role.allCases.flatMap(\.declaration.secrets).map(\.resource)).sorted {
                    $0.rawValue < $1.rawValue
                }.flatMap { arns(of: $0) }),
        ])
    }

    /// Exactly what the role declares that it does.
    func task(_ declaration: RoleDeclaration) -> PolicyDocument {
        PolicyDocument(
            declaration.grants.map {
                .init(
                    $0.resource.rawValue.prefix(1).uppercased() + $0.resource.rawValue.dropFirst(), actions: $0.actions,
                    resources: arns(of: $0.resource), conditions: conditions(of: $0.resource))
            })
    }

    /// What a load generator does: read its order, write its results.
    ///
    /// It never lists; but without s3:ListBucket an order that is not there yet is answered with 403, as one that it may
    /// not read (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, Permissions). Not narrowed to the
    /// prefix: a GetObject has no s3:prefix, so such a condition would not be met, and the bucket holds nothing else.
    var load: PolicyDocument {
        PolicyDocument([
            .init(
                "ExchangeFiles", actions: ["s3:GetObject", "s3:PutObject"],
                resources: ["\(loadBucketARN)/\(Stack.loadPrefix)*"]),
            .init("TellAbsentFromDenied", actions: ["s3:ListBucket"], resources: [loadBucketARN]),
        ])
    }

    var loadBucketARN: String {
        "arn:\(context.partition):s3:::\(stack.loadBucketName(account: context.account))"
    }

    /// A deployment: verify, push the image, register revisions that use it, roll them out, watch, and take them back; a
    /// rollback.
    var deploy: PolicyDocument {
        PolicyDocument(release + surroundings)
    }

    private var release: [PolicyDocument.Statement] {
        [
            registrySignIn,
            .init(
                "PushImages",
                actions: [
                    "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload",
                    "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage",
                    "ecr:UploadLayerPart",
                ], resources: repositories),
            // ECS knows no resource for describing and listing task definitions, nor for listing tasks.
            .init(
                "ReadRevisions",
                actions: ["ecs:DescribeTaskDefinition", "ecs:ListTaskDefinitions", "ecs:ListTasks"], resources: ["*"]),
            // Nor for registering one, but it knows the tags it is registered with.
            .init(
                "RegisterRevisions", actions: ["ecs:RegisterTaskDefinition"], resources: ["*"],
                conditions: ["StringEquals": ["aws:RequestTag/\(IdentityTags.stackKey)": [stack.name]]]),
            .init(
                "TagRevisions", actions: ["ecs:TagResource"],
                resources: Role.allCases.flatMap { everywhere("ecs", "task-definition/\(stack.programName($0)):*") }
            ),
            .init(
                "RollOut",
                actions: [
                    "ecs:DescribeServiceDeployments", "ecs:DescribeServiceRevisions", "ecs:DescribeServices",
                    "ecs:ListServiceDeployments", "ecs:StopServiceDeployment", "ecs:UpdateService",
                ],
                resources: Role.allCases.flatMap { role in
                    let service = "\(stack.clusterName)/\(stack.serviceName(role))"
                    return everywhere("ecs", "service/\(service)")
                        + everywhere("ecs", "service-deployment/\(service)/*")
                        + everywhere("ecs", "service-revision/\(service)/*")
                }),
            .init(
                "GiveTasksTheirRoles", actions: ["iam:PassRole"],
                resources: ([stack.executionRoleName] + Role.allCases.map { stack.taskRoleName($0) }).map {
                    global("role/\($0)")
                },
                conditions: ["StringEquals": ["iam:PassedToService": ["ecs-tasks.amazonaws.com"]]]),
            .init(
                "HoldTheLock", actions: ["dynamodb:GetItem", "dynamodb:UpdateItem"],
                resources: [primary("dynamodb", "table/\(Stack.lockTableName)")]),
            // None of these knows a resource, or all of them know each other's: alarms, targets, the balancer's address.
            .init(
                "Watch",
                actions: [
                    "cloudwatch:DescribeAlarms", "elasticloadbalancing:DescribeLoadBalancers",
                    "elasticloadbalancing:DescribeTargetHealth",
                ], resources: ["*"]),
            .init(
                "GatherEvidence", actions: ["ecs:DescribeTasks"],
                resources: everywhere("ecs", "task/\(stack.clusterName)/*")),
            .init(
                "ReadLogs", actions: ["logs:GetLogEvents"],
                resources: Role.allCases.flatMap {
                    everywhere("logs", "log-group:\(stack.logGroupName($0)):log-stream:*")
                }),
            // Whether what an older revision stands on is still there; no secret's value.
            .init(
                "ProveRoles", actions: ["iam:GetRole", "iam:SimulatePrincipalPolicy"],
                resources: ([stack.executionRoleName] + Role.allCases.map { stack.taskRoleName($0) }).map {
                    global("role/\($0)")
                }),
            .init(
                "ProveSecrets", actions: ["secretsmanager:DescribeSecret"],
                resources: ([.roomKeySecret, .webhookSecret, .redisSecret] as [RoleDeclaration.Resource]).flatMap {
                    arns(of: $0)
                }),
            .init(
                "ProveDatabaseSecret", actions: ["secretsmanager:DescribeSecret"], resources: arns(of: .databaseSecret),
                conditions: conditions(of: .databaseSecret)),
        ]
    }

    // MARK: names

    /// The token is for the whole registry: ECR knows no resource for it.
    var registrySignIn: PolicyDocument.Statement {
        .init("SignIn", actions: ["ecr:GetAuthorizationToken"], resources: ["*"])
    }

    var repositories: [String] {
        Role.allCases.flatMap { everywhere("ecr", "repository/\(stack.programName($0))") }
    }

    func arns(of resource: RoleDeclaration.Resource) -> [String] {
        switch resource {
        case .seatLockTable: everywhere("dynamodb", "table/\(stack.seatTableName)")
        case .unsentCommitIndex:
            everywhere("dynamodb", "table/\(stack.seatTableName)/index/\(Stack.unsentIndexName)")
        case .commitQueue: everywhere("sqs", stack.commitQueueName)
        // RDS gives this secret a name only when step 03 makes the cluster; which cluster it must belong to is said by
        // `conditions(of:)`.
        case .databaseSecret: everywhere("secretsmanager", "secret:rds!cluster-*")
        case .roomKeySecret: secret(stack.roomKeySecretName)
        case .webhookSecret: secret(stack.webhookSecretName)
        case .redisSecret: secret(stack.redisSecretName)
        case .any: ["*"]
        }
    }

    /// RDS tags the secret with its cluster's ARN; nobody else can set tags that begin with "aws:".
    private func conditions(of resource: RoleDeclaration.Resource) -> [String: [String: [String]]]? {
        guard resource == .databaseSecret else { return nil }
        return [
            "StringEquals": [
                "aws:ResourceTag/aws:rds:primaryDBClusterArn": everywhere("rds", "cluster:\(stack.auroraClusterName)")
            ]
        ]
    }

    /// Secrets Manager appends a hyphen and six characters to the name.
    private func secret(_ name: String) -> [String] { everywhere("secretsmanager", "secret:\(name)-??????") }

    func everywhere(_ service: String, _ resource: String) -> [String] {
        stack.regions.map { "arn:\(context.partition):\(service):\($0.name):\(context.account):\(resource)" }
    }

    /// Only where the run lock lives.
    private func primary(_ service: String, _ resource: String) -> String {
        "arn:\(context.partition):\(service):\(stack.regions[0].name):\(context.account):\(resource)"
    }

    func global(_ resource: String) -> String { "arn:\(context.partition):iam::\(context.account):\(resource)" }
}
