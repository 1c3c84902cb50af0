import AWSCore
import AWSServices
import Foundation

/// Whether ECS may take a role on for tasks of this account, and whether the role may do what its program does.
struct RoleCheck {
    private static let global = "global"
    private static let signingRegion = "us-east-1"
    private static let trusted = "ecs-tasks.amazonaws.com"

    private let verification: Verification
    private let role: VerifyTarget.Role

    init(_ verification: Verification, _ role: VerifyTarget.Role) {
        self.verification = verification
        self.role = role
    }

    func findings() async -> [VerifyFinding] {
        await verification.looking(for: .roleTrust, region: Self.global, subject: role.name) {
            let found: IAM.Role
            do {
                found = try await verification.client.send(IAM.GetRole(roleName: role.name), region: Self.signingRegion)
                    .role
            } catch let error as AWSError where error.code == "NoSuchEntity" {
                return [finding(.roleTrust, "does not exist")]
            }
            let arn = found.arn
            return trust(found)
                + (await verification.looking(for: .rolePermissions, region: Self.global, subject: role.name) {
                    try await permissions(arn)
                })
        }
    }

    private func trust(_ found: IAM.Role) -> [VerifyFinding] {
        let regions = verification.target.regions.filter { region in
            let arn =
                "arn:\(verification.target.partition):ecs:\(region.name):\(verification.target.account):"
                + "task/\(region.cluster)/0123456789abcdef0123456789abcdef"
            return !TrustPolicy(percentEncoded: found.assumeRolePolicyDocument ?? "").allows(
                service: Self.trusted,
                context: ["aws:sourceaccount": verification.target.account, "aws:sourcearn": arn])
        }
        guard !regions.isEmpty else { return [] }
        let places = regions.map(\.name).joined(separator: ", ")
        return [
            finding(
                .roleTrust,
                "its trust policy does not let \(Self.trusted) take it on for tasks of account "
                    + "\(verification.target.account) in \(places)")
        ]
    }

    /// One simulation a statement; IAM counts boundaries and policies that others attached, too.
    private func permissions(_ arn: String) async throws -> [VerifyFinding] {
        var denied: [String: Set<String>] = [:]
        for grant in role.grants {
            let results = try await verification.client.all(
                IAM.SimulatePrincipalPolicy(
                    policySourceArn: arn, actionNames: grant.actions, resourceArns: grant.resources.map(Self.example),
                    contextEntries: grant.context.sorted { $0.key < $1.key }.map { key, values in
                        // The resource has one of the values that the conditions accept.
                        IAM.ContextEntry(contextKeyName: key, contextKeyValues: Array(values.prefix(1)))
                    }), region: Self.signingRegion
            ) { $0.evaluationResults }
            for result in results where result.evalDecision != "allowed" {
                denied[result.evalActionName, default: []].insert(result.evalResourceName ?? "*")
            }
            for action in grant.actions where !results.contains(where: { $0.evalActionName == action }) {
                denied[action, default: []].insert("* (IAM did not answer for it)")
            }
        }
        return denied.map { action, resources in
            finding(.rolePermissions, "may not do \(action) on \(resources.sorted().joined(separator: ", "))")
        }
    }

    /// An ARN that the pattern matches.
    private static func example(_ pattern: String) -> String {
        pattern == "*"
            ? pattern : pattern.replacingOccurrences(of: "?", with: "x").replacingOccurrences(of: "*", with: "x")
    }

    private func finding(_ check: VerifyFinding.Check, _ problem: String) -> VerifyFinding {
        VerifyFinding(
            check, region: Self.global, subject: role.name, problem: problem,
            next: "run `tickctl up --step 02-cluster --refresh`")
    }
}
