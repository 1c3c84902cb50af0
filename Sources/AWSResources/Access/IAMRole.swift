import AWSCore
import AWSServices
public import Provisioning

/// A role with one inline policy.
public struct IAMRole: AWSResource {
    public static let type = "iam:role"
    public static let explanation = """
        An identity that tasks or deployments take on: who may take it (trust) and what it may do (policy). It costs \
        nothing; a new one is not known everywhere for some seconds, so what uses it is tried again.
        """

    /// The inline policy's name.
    static let policyName = "tickctl"

    public var name: String
    public var trust: PolicyDocument
    public var policy: PolicyDocument

    public init(name: String, trust: PolicyDocument, policy: PolicyDocument) {
        self.name = name
        self.trust = trust
        self.policy = policy
    }

    /// What `GetRole` and `GetRolePolicy` say of it.
    public struct Observed: Sendable, Equatable {
        /// Canonical statements by Sid.
        public var trust: [String: String]
        /// Canonical statements by Sid; empty: the role has no such policy.
        public var policy: [String: String]
    }

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        let role: IAM.Role
        do {
            role = try await scope.send(IAM.GetRole(roleName: name)).role
        } catch let error as AWSError where error.code == "NoSuchEntity" {
            return nil
        }
        let owner = scope.tags.owner(of: role.tags.byKey)
        let policy = owner == .ours ? try await inlinePolicy(scope) : [:]
        return observation(
            arn: role.arn,
            Observed(
                trust: PolicyMeaning(percentEncoded: role.assumeRolePolicyDocument ?? "").statements, policy: policy),
            owner: owner)
    }

    private func inlinePolicy(_ scope: Scope<AWSCloud>) async throws -> [String: String] {
        do {
            let answer = try await scope.send(IAM.GetRolePolicy(roleName: name, policyName: Self.policyName))
            return PolicyMeaning(percentEncoded: answer.policyDocument).statements
        } catch let error as AWSError where error.code == "NoSuchEntity" {
            return [:]
        }
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let role = try await scope.send(
            IAM.CreateRole(
                roleName: name, assumeRolePolicyDocument: try trust.json, tags: .init(scope.tags.all))
        ).role
        try await putPolicy(scope)
        return observation(
            arn: role.arn,
            Observed(
                trust: PolicyMeaning(try trust.json).statements, policy: PolicyMeaning(try policy.json).statements),
            owner: .ours)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        list.compare("trust", observed: observed.trust, desired: Self.statements(of: trust))
        list.compare("policy", observed: observed.policy, desired: Self.statements(of: policy))
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        if changes.contains(where: { $0.setting.hasPrefix("trust") }) {
            _ = try await scope.send(IAM.UpdateAssumeRolePolicy(roleName: name, policyDocument: try trust.json))
        }
        if changes.contains(where: { $0.setting.hasPrefix("policy") }) { try await putPolicy(scope) }
        return nil
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        if !observed.policy.isEmpty {
            do {
                _ = try await scope.send(IAM.DeleteRolePolicy(roleName: name, policyName: Self.policyName))
            } catch let error as AWSError where error.code == "NoSuchEntity" {
                // Gone already: an earlier run was stopped between the two calls.
            }
        }
        _ = try await scope.send(IAM.DeleteRole(roleName: name))
    }

    public func permissions(at place: Place) -> [Permission] {
        [
            Permission(
                [
                    "iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:GetRole", "iam:GetRolePolicy",
                    "iam:PutRolePolicy", "iam:TagRole", "iam:UpdateAssumeRolePolicy",
                ], on: [place.arn("iam", "role/\(place.stack)-*", global: true)])
        ]
    }

    private static func statements(of document: PolicyDocument) -> [String: String] {
        guard let json = try? document.json else { preconditionFailure("a policy of texts always encodes") }
        return PolicyMeaning(json).statements
    }

    private func putPolicy(_ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(
            IAM.PutRolePolicy(roleName: name, policyName: Self.policyName, policyDocument: try policy.json))
    }

    private func observation(arn: String, _ observed: Observed, owner: Owner) -> Observation<Observed> {
        Observation(observed, identity: arn, outputs: ["arn": arn, "name": name], owner: owner)
    }
}

extension Placed where R == IAMRole {
    public var arn: Input { output("arn") }
    public var name: Input { output("name") }
}
