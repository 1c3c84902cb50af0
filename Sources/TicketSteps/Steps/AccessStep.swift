public import AWSResources
public import Provisioning
public import Ticketing

/// The global half of step 02: the identities of tasks and deployments, and the roles that AWS's services use.
///
/// IAM is one for all regions, so every policy names the resources of all of them; it names them by their fixed names and
/// not by what later steps answer, so that roles stand first.
public struct AccessStep {
    public static let id: StepID = "02-cluster"
    /// The name of the load generators' role in the graph.
    public static let loadRoleID = "role-load"

    public let executionRole: Placed<IAMRole>
    public let taskRoles: [Role: Placed<IAMRole>]
    public let loadRole: Placed<IAMRole>
    public let deployRole: Placed<IAMRole>
    public let serviceLinkedRoles: [NodeID]

    private static let issuer = "token.actions.githubusercontent.com"
    private static let audience = "sts.amazonaws.com"
    /// What each service's own role is for: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
    private static let services = [
        ("ecs", "ecs.amazonaws.com"), ("autoscaling", "ecs.application-autoscaling.amazonaws.com"),
        ("elasticache", "elasticache.amazonaws.com"), ("rds", "rds.amazonaws.com"),
        ("elasticloadbalancing", "elasticloadbalancing.amazonaws.com"),
    ]

    public init(addingTo graph: inout Graph<AWSCloud>, stack: Stack, context: StackContext) throws {
        let policies = AccessPolicies(stack: stack, context: context)
        serviceLinkedRoles = try Self.services.map { name, service in
            try graph.add(
                "slr-\(name)", in: NodeID.global, step: Self.id, ServiceLinkedRole(service: service)
            ).id
        }
        executionRole = try graph.add(
            "role-execution", in: NodeID.global, step: Self.id,
            IAMRole(name: stack.executionRoleName, trust: policies.tasksTrust, policy: policies.execution))
        var taskRoles: [Role: Placed<IAMRole>] = [:]
        for role in Role.allCases {
            taskRoles[role] = try graph.add(
                "role-\(role.rawValue)", in: NodeID.global, step: Self.id,
                IAMRole(
                    name: stack.taskRoleName(role), trust: policies.tasksTrust,
                    policy: policies.task(role.declaration)))
        }
        self.taskRoles = taskRoles
        loadRole = try graph.add(
            Self.loadRoleID, in: NodeID.global, step: Self.id,
            IAMRole(name: stack.loadRoleName, trust: policies.tasksTrust, policy: policies.load))

        // Shared by all stacks of the account, so switching the deploy role off leaves it.
        var provider: [NodeID] = []
        if stack.cluster.githubRepository != nil {
            provider = [
                try graph.add(
                    "oidc-github", in: NodeID.global, step: Self.id,
                    OIDCProvider(issuer: Self.issuer, audience: Self.audience)
                ).id
            ]
        }
        deployRole = try graph.add(
            "role-deploy", in: NodeID.global, step: Self.id,
            IAMRole(
                name: stack.deployRoleName,
                trust: policies.deployTrust(
                    issuer: Self.issuer, audience: Self.audience, repository: stack.cluster.githubRepository ?? "",
                    ref: stack.cluster.githubRef),
                policy: policies.deploy),
            presence: provider.isEmpty ? .absent : .present, after: provider)
    }
}
