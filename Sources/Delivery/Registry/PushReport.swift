/// What a push did.
public struct PushReport: Sendable {
    public let endpoint: RegistryEndpoint
    public let repository: String
    public let tag: String
    public let digest: Digest
    /// Blobs that the registry did not have.
    public internal(set) var uploadedBlobs: [Digest] = []
    /// Blobs that the registry took over from another of its repositories.
    public internal(set) var mountedBlobs: [Digest] = []
    /// Blobs that it had.
    public internal(set) var skippedBlobs: [Digest] = []
    public internal(set) var uploadedBytes = 0
    /// False when the tag named this image already; then nothing was sent at all.
    public internal(set) var isManifestUploaded = false

    /// What a task definition names: "host/repository@sha256:...".
    public var reference: String { "\(endpoint.host)/\(repository)@\(digest)" }

    init(endpoint: RegistryEndpoint, repository: String, tag: String, digest: Digest) {
        self.endpoint = endpoint
        self.repository = repository
        self.tag = tag
        self.digest = digest
    }
}
