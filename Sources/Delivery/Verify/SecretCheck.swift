import AWSCore
import AWSServices
import Foundation

/// Whether the secrets that tasks are given exist, have a value, and hold the keys that are read from them. Values are
/// read only for their keys, and never shown.
struct SecretCheck {
    /// A secret with the JSON keys that are read from it; none: it is read whole.
    private struct Wanted {
        var arn: String
        var keys: Set<String>

        /// Without the ARN before it.
        var name: String { arn.components(separatedBy: ":secret:").last ?? arn }
    }

    private let check: RegionCheck
    private let wanted: [Wanted]

    init(_ check: RegionCheck, _ surveys: [RegionCheck.Survey]) {
        self.check = check
        var keys: [String: Set<String>] = [:]
        for survey in surveys {
            for container in survey.revision.containers {
                for secret in container.secrets {
                    let (arn, key) = Self.parts(secret.valueFrom)
                    keys[arn, default: []].formUnion(key.map { [$0] } ?? [])
                }
                for variable in container.environment {
                    guard let read = survey.expected.secretVariables[variable.name] else { continue }
                    keys[variable.value, default: []].formUnion(read)
                }
            }
        }
        wanted = keys.map { Wanted(arn: $0.key, keys: $0.value) }.sorted { $0.arn < $1.arn }
    }

    func findings() async -> [VerifyFinding] {
        var found: [VerifyFinding] = []
        for secret in wanted {
            found += await check.verification.looking(for: .secret, region: check.region.name, subject: secret.name) {
                try await findings(secret)
            }
        }
        return found
    }

    private func findings(_ secret: Wanted) async throws -> [VerifyFinding] {
        let (client, region) = (check.verification.client, check.region.name)
        let description: SecretsManager.Secret
        do {
            description = try await client.send(
                SecretsManager.DescribeSecret(secretId: secret.arn), region: region)
        } catch let error as AWSError where error.code == "ResourceNotFoundException" {
            return [
                check.finding(
                    .secret, secret.name, "does not exist, but tasks are given it",
                    next: "run `tickctl up --step 03-dataplane --region \(region) --refresh`")
            ]
        }
        if description.deletedDate != nil {
            return [
                check.finding(
                    .secret, secret.name, "is scheduled for deletion, so no task can read it",
                    next: "run `aws secretsmanager restore-secret --region \(region) --secret-id \(secret.name)`")
            ]
        }
        guard description.versionIdsToStages.values.contains(where: { $0.contains("AWSCURRENT") }) else {
            return [
                check.finding(
                    .secret, secret.name, "has no current value",
                    next: "run `tickctl up --step 03-dataplane --region \(region) --refresh`")
            ]
        }
        // What RDS manages holds username and password; whoever verifies need not be able to read it.
        let isManaged = description.tags.contains {
            $0.key == "aws:secretsmanager:owningService" && $0.value == "rds"
        }
        let keys = isManaged ? secret.keys.subtracting(["username", "password"]) : secret.keys
        guard !keys.isEmpty else { return [] }
        let value = try await client.send(SecretsManager.GetSecretValue(secretId: secret.arn), region: region)
        let object = try? JSONSerialization.jsonObject(with: Data(value.secretString.utf8))
        let missing = keys.subtracting((object as? [String: Any])?.keys.map(\.self) ?? [])
        return missing.sorted().map { key in
            check.finding(
                .secret, secret.name, "has no JSON key \"\(key)\", but tasks read it",
                next: "add the key to the secret's value, or correct the task definition")
        }
    }

    /// "arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME[:KEY[:STAGE[:VERSION]]]": the secret, and the key
    /// (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html).
    static func parts(_ valueFrom: String) -> (arn: String, key: String?) {
        let parts = valueFrom.components(separatedBy: ":")
        guard parts.count > 7, parts[5] == "secret" else { return (valueFrom, nil) }
        return (parts[..<7].joined(separator: ":"), parts[7].isEmpty ? nil : parts[7])
    }
}
