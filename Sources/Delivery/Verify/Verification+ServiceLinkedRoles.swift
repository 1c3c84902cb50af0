import AWSCore
import AWSServices

extension Verification {
    /// Without its own role a service cannot act in the account: ECS cannot attach a task to a subnet.
    func serviceLinkedRoles() async -> [VerifyFinding] {
        await looking(for: .serviceLinkedRole, region: "global", subject: "service-linked roles") {
            let paths = try await client.all(IAM.ListRoles(pathPrefix: "/aws-service-role/"), region: "us-east-1") {
                $0.roles.map { $0.path.lowercased() }
            }
            return target.serviceLinkedRoles.filter { !paths.contains("/aws-service-role/\($0)/") }.map { service in
                VerifyFinding(
                    .serviceLinkedRole, region: "global", subject: service,
                    problem: "has no service-linked role in this account",
                    next: "run `tickctl up --step 02-cluster --refresh`, or `aws iam create-service-linked-role "
                        + "--aws-service-name \(service)`")
            }
        }
    }
}
