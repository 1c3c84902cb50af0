public import AWSCore
import AWSServices

/// Whether what a revision stands on is still there: asked before a service is touched.
public struct RevisionProof: Sendable {
    let client: AWSClient

    public init(client: AWSClient) { self.client = client }

    /// Each thing that is gone, as a sentence; empty: the revision can run.
    public func missing(for revision: String, region: String) async throws -> [String] {
        let found = try await client.send(ECS.DescribeTaskDefinition(taskDefinition: revision), region: region)
            .taskDefinition
        guard found.status != "INACTIVE" && found.status != "DELETE_IN_PROGRESS" else {
            return ["\(region): \(revision) is \(found.status ?? "gone")"]
        }
        var missing: [String] = []
        for image in Set(found.containerDefinitions.map(\.image)).sorted() {
            if let sentence = try await missingImage(image, region: region) { missing.append(sentence) }
        }
        for secret in Set(found.containerDefinitions.flatMap(\.secrets).map(\.valueFrom)).sorted() {
            if let sentence = try await missingSecret(secret, region: region) { missing.append(sentence) }
        }
        for role in Set([found.executionRoleArn, found.taskRoleArn].compactMap(\.self)).sorted() {
            if let sentence = try await missingRole(role, region: region) { missing.append(sentence) }
        }
        return missing
    }

    /// Of images in ECR that are named by digest; others cannot be asked for here.
    private func missingImage(_ image: String, region: String) async throws -> String? {
        guard let digest = LedgerEntry.digest(of: image), let slash = image.firstIndex(of: "/"),
            image[..<slash].contains(".dkr.ecr.")
        else { return nil }
        let repository = String(image[image.index(after: slash)...].prefix { $0 != "@" })
        return try await Self.isInRepository(digest, repository, client, region: region)
            ? nil : "\(region): the image \(digest) is gone from the repository \(repository)"
    }

    /// Of any type, several platforms' index included.
    static func isInRepository(
        _ digest: String, _ repository: String, _ client: AWSClient, region: String
    ) async throws -> Bool {
        var request = ECR.BatchGetImage(repositoryName: repository, imageIds: [.init(imageDigest: digest)])
        request.acceptedMediaTypes = [
            "application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.index.v1+json",
            "application/vnd.docker.distribution.manifest.v2+json",
            "application/vnd.docker.distribution.manifest.list.v2+json",
        ]
        do {
            return try await !client.send(request, region: region).images.isEmpty
        } catch let error as AWSError where error.code == "RepositoryNotFoundException" {
            return false
        }
    }

    private func missingSecret(_ reference: String, region: String) async throws -> String? {
        // "arn:aws:secretsmanager:region:account:secret:name-suffix:key:stage:version"
        let parts = reference.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 7, parts[2] == "secretsmanager" else { return nil }
        let arn = parts[..<7].joined(separator: ":")
        do {
            let secret = try await client.send(SecretsManager.DescribeSecret(secretId: arn), region: region)
            return secret.deletedDate == nil ? nil : "\(region): the secret \(secret.name) is being deleted"
        } catch let error as AWSError where error.code == "ResourceNotFoundException" {
            return "\(region): the secret \(parts[6]) is gone"
        }
    }

    private func missingRole(_ arn: String, region: String) async throws -> String? {
        guard let name = arn.split(separator: "/").last.map(String.init) else { return nil }
        do {
            _ = try await client.send(IAM.GetRole(roleName: name), region: region)
            return nil
        } catch let error as AWSError where error.code == "NoSuchEntity" {
            return "the role \(name) is gone"
        }
    }
}
