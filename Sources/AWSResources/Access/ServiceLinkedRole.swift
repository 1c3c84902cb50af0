import AWSCore
import AWSServices
public import Provisioning

/// The role that a service of AWS itself uses in this account.
public struct ServiceLinkedRole: AWSResource {
    public static let type = "iam:service-linked-role"
    public static let explanation = """
        Lets a service (ECS, RDS, ElastiCache, load balancing, autoscaling) act in this account, for example to attach \
        tasks to a subnet. One an account, shared by everything in it: made when it is missing, never deleted.
        """

    /// "ecs.amazonaws.com"
    public var service: String

    public init(service: String) { self.service = service }

    public var isShared: Bool { true }

    /// What `ListRoles` says of it.
    public struct Observed: Sendable, Equatable {}

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        let cloud = scope.cloud
        let roles = try await scope.shared("iam:ListRoles /aws-service-role/") {
            try await cloud.client.all(IAM.ListRoles(pathPrefix: "/aws-service-role/"), region: "us-east-1") {
                $0.roles
            }
        }
        // The path names the service; the spelling of the role's name is not promised.
        let path = "/aws-service-role/\(service)/"
        return roles.first { $0.path.lowercased() == path.lowercased() }.map(observation)
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        observation(try await scope.send(IAM.CreateServiceLinkedRole(awsServiceName: service)).role)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] { [] }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? { nil }

    /// Nothing: it is shared.
    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {}

    public func permissions(at place: Place) -> [Permission] {
        [
            // IAM knows no resource for lists of roles.
            Permission(["iam:ListRoles"], on: ["*"]),
            // The path names the service, as the condition key iam:AWSServiceName would.
            Permission(
                ["iam:CreateServiceLinkedRole"],
                on: [place.arn("iam", "role/aws-service-role/\(service)/*", global: true)]),
        ]
    }

    private func observation(_ role: IAM.Role) -> Observation<Observed> {
        Observation(Observed(), identity: role.arn, outputs: ["arn": role.arn], owner: .inherited)
    }
}
