import AWSCore
import AWSServices
public import Provisioning

/// A repository of container images, with its lifecycle policy.
public struct ECRRepository: AWSResource {
    public static let type = "ecr:repository"
    public static let explanation = """
        Holds the image of one role; its tags cannot be moved, so a tag always means the same image. Storage costs by the \
        GB-month, which the lifecycle policy bounds; deleting the repository deletes its images.
        """

    public var name: String
    public var tagsAreImmutable: Bool
    public var scansOnPush: Bool
    /// "AES256" or "KMS"; cannot be changed.
    public var encryption: String
    public var lifecycle: ImageLifecycle

    public init(
        name: String, tagsAreImmutable: Bool = true, scansOnPush: Bool = true, encryption: String = "AES256",
        lifecycle: ImageLifecycle
    ) {
        self.name = name
        self.tagsAreImmutable = tagsAreImmutable
        self.scansOnPush = scansOnPush
        self.encryption = encryption
        self.lifecycle = lifecycle
    }

    /// What `DescribeRepositories` and `GetLifecyclePolicy` say of it.
    public struct Observed: Sendable, Equatable {
        public var tagMutability: String
        public var scansOnPush: Bool
        public var encryption: String
        /// Canonical JSON; nil: none.
        public var lifecyclePolicy: String?
    }

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        let (cloud, region) = (scope.cloud, scope.region)
        let all = try await scope.shared("ecr:DescribeRepositories") {
            try await cloud.client.all(ECR.DescribeRepositories(), region: region) { $0.repositories }
        }
        guard let found = all.first(where: { $0.repositoryName == name }) else { return nil }
        async let tags = scope.send(ECR.ListTagsForResource(resourceArn: found.repositoryArn)).tags.byKey
        async let policy = lifecyclePolicy(scope)
        return try await observation(found, policy, owner: scope.tags.owner(of: tags))
    }

    private func lifecyclePolicy(_ scope: Scope<AWSCloud>) async throws -> String? {
        do {
            return try await scope.send(ECR.GetLifecyclePolicy(repositoryName: name)).lifecyclePolicyText
                .map(canonicalJSON)
        } catch let error as AWSError where error.code == "LifecyclePolicyNotFoundException" {
            return nil
        }
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let made = try await scope.send(
            ECR.CreateRepository(
                repositoryName: name, imageTagMutability: tagMutability,
                imageScanningConfiguration: .init(scanOnPush: scansOnPush),
                encryptionConfiguration: .init(encryptionType: encryption), tags: .init(scope.tags.all))
        ).repository
        try await putLifecyclePolicy(scope)
        return observation(made, lifecycle.policy, owner: .ours)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        list.compare("tagMutability", observed: observed.tagMutability, desired: tagMutability)
        list.compare("scanOnPush", observed: observed.scansOnPush, desired: scansOnPush)
        list.compare("encryption", observed: observed.encryption, desired: encryption, isImmutable: true)
        list.compare("lifecyclePolicy", observed: observed.lifecyclePolicy, desired: lifecycle.policy)
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        for change in changes {
            switch change.setting {
            case "tagMutability":
                _ = try await scope.send(
                    ECR.PutImageTagMutability(repositoryName: name, imageTagMutability: tagMutability))
            case "scanOnPush":
                _ = try await scope.send(
                    ECR.PutImageScanningConfiguration(
                        repositoryName: name, imageScanningConfiguration: .init(scanOnPush: scansOnPush)))
            default:
                try await putLifecyclePolicy(scope)
            }
        }
        return nil
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(ECR.DeleteRepository(repositoryName: name, force: true))
    }

    public func permissions(at place: Place) -> [Permission] {
        [
            // Lists all repositories of the region, so it needs all of them.
            Permission(["ecr:DescribeRepositories"], on: ["*"]),
            Permission(
                [
                    "ecr:CreateRepository", "ecr:DeleteRepository", "ecr:GetLifecyclePolicy", "ecr:ListTagsForResource",
                    "ecr:PutImageScanningConfiguration", "ecr:PutImageTagMutability", "ecr:PutLifecyclePolicy",
                    "ecr:TagResource",
                ], on: [place.arn("ecr", "repository/\(place.stack)-*")]),
        ]
    }

    private var tagMutability: String { tagsAreImmutable ? "IMMUTABLE" : "MUTABLE" }

    private func putLifecyclePolicy(_ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(ECR.PutLifecyclePolicy(repositoryName: name, lifecyclePolicyText: lifecycle.policy))
    }

    private func observation(_ found: ECR.Repository, _ policy: String?, owner: Owner) -> Observation<Observed> {
        Observation(
            Observed(
                tagMutability: found.imageTagMutability ?? "MUTABLE",
                scansOnPush: found.imageScanningConfiguration?.scanOnPush ?? false,
                encryption: found.encryptionConfiguration?.encryptionType ?? "AES256", lifecyclePolicy: policy),
            identity: found.repositoryArn, outputs: ["arn": found.repositoryArn, "uri": found.repositoryUri],
            owner: owner)
    }
}

extension Placed where R == ECRRepository {
    public var arn: Input { output("arn") }
    /// "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/name"
    public var uri: Input { output("uri") }
}
