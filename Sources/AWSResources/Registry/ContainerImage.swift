import AWSServices
public import Provisioning

/// The stack's image in one repository, under one tag.
public struct ContainerImage: AWSResource {
    public static let type = "ecr:image"
    public static let explanation = """
        The one image of all roles, pushed with the registry's protocol; what runs names it by digest. A tag that \
        already means another image stops the run: tags of a repository cannot be moved.
        """

    public var repositoryName: String
    public var repositoryURI: Input
    /// "sha256:" and 64 hex digits: what the image of this tag must be.
    public var digest: String
    public var tag: String

    public init(repositoryName: String, repositoryURI: Input, digest: String, tag: String) {
        self.repositoryName = repositoryName
        self.repositoryURI = repositoryURI
        self.digest = digest
        self.tag = tag
    }

    /// What `BatchGetImage` says of it.
    public struct Observed: Sendable, Equatable {
        /// The digest that the tag means; nil: the image is there, but not under this tag.
        public var taggedDigest: String?
    }

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        if let images = scope.cloud.images, let registry = images.registryElsewhere {
            let digest = try await images.digestElsewhere(repository: repositoryName, tag: tag)
            return digest.map { observation("\(registry)/\(repositoryName)", taggedDigest: $0) }
        }
        guard let uri = scope.known(repositoryURI) else { return nil }
        let images = try await scope.send(
            ECR.BatchGetImage(
                repositoryName: repositoryName, imageIds: [.init(imageTag: tag), .init(imageDigest: digest)])
        ).images
        guard !images.isEmpty else { return nil }
        return observation(uri, taggedDigest: images.first { $0.imageId.imageTag == tag }?.imageId.imageDigest)
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        try await publish(scope)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        list.compare(
            "image[\(tag)]", observed: observed.taggedDigest, desired: digest,
            isImmutable: observed.taggedDigest != nil)
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        try await publish(scope)
    }

    /// Nothing: an image goes with its repository, and until then an older deployment may need it.
    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {}

    public func permissions(at place: Place) -> [Permission] {
        [
            // The token is for all repositories of the account.
            Permission(["ecr:GetAuthorizationToken"], on: ["*"]),
            Permission(
                [
                    "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload",
                    "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
                ], on: [place.arn("ecr", "repository/\(place.stack)-*")]),
        ]
    }

    private func publish(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let uri = try scope.value(repositoryURI)
        guard let images = scope.cloud.images else {
            throw ProvisioningError(
                .failed, "\(scope.node): no image to push: this program cannot build one here",
                next: "run it on Linux, where `tickctl image build` works")
        }
        let pushed = try await images.publish(
            repository: repositoryName, registry: String(uri.prefix { $0 != "/" }), region: scope.region, tag: tag)
        guard pushed == digest else {
            throw ProvisioningError(
                .failed, "\(scope.node): pushed \(pushed) to \(uri), but the plan says \(digest)",
                next: "build the image again with `tickctl image build`, then run `tickctl up`")
        }
        return observation(
            images.registryElsewhere.map { "\($0)/\(repositoryName)" } ?? uri, taggedDigest: pushed)
    }

    private func observation(_ uri: String, taggedDigest: String?) -> Observation<Observed> {
        Observation(
            Observed(taggedDigest: taggedDigest), identity: "\(uri):\(tag)",
            outputs: ["digest": digest, "uri": "\(uri)@\(digest)"],
            // Images have no tags of their own to tell whose they are: they are as their repository is.
            owner: .inherited)
    }
}

extension Placed where R == ContainerImage {
    public var digest: Input { output("digest") }
    /// "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/name@sha256:..."
    public var uri: Input { output("uri") }
}
