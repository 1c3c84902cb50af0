public import CurlTransport
internal import Foundation

/// Pushes images to one registry by the OCI distribution protocol.
public struct RegistryClient: Sendable {
    /// What to do when the tag names another image already.
    public enum TagPolicy: Sendable {
        /// Refuse, before anything is uploaded. A deployed tag then means one image for good.
        case keep
        /// Let it name the new image, if the registry allows it.
        case move
    }

    private static let blobsAtOnce = 4
    private static let attempts = 4
    private static let firstPause = Duration.milliseconds(250)

    public let endpoint: RegistryEndpoint
    private let transport: any HTTPTransport
    private let authorizer: RegistryAuthorizer
    private let sleep: @Sendable (Duration) async throws -> Void

    /// - Parameter credentials: sent only when the registry asks, and never over plain http to another machine.
    public init(
        endpoint: RegistryEndpoint, transport: any HTTPTransport, credentials: RegistryCredentials? = nil,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.endpoint = endpoint
        self.transport = transport
        self.sleep = sleep
        authorizer = RegistryAuthorizer(endpoint: endpoint, transport: transport, credentials: credentials)
    }

    /// The digest that `tag` means in `repository`, "sha256:..."; nil: nothing.
    /// - Throws: `DeliveryError`, `CancellationError`.
    public func digest(of tag: String, repository: String) async throws -> String? {
        try validate(repository: repository, tag: tag)
        let session = RegistrySession(
            endpoint: endpoint, transport: transport, authorizer: authorizer, repository: repository)
        return try await retrying { try await session.manifestDigest(tag) }
    }

    /// Makes `repository` hold `image` under `tag`, sending only what the registry lacks: one request when all is
    /// there. Blobs go at most four at a time, each streamed from its file. What may pass is tried four times.
    /// - Parameters:
    ///   - repository: without the host, "ticket-public".
    ///   - tag: 1 to 128 letters, digits, "_", "." and "-".
    /// - Throws: `DeliveryError`, `CancellationError`.
    public func push(
        _ image: BuiltImage, repository: String, tag: String, tagPolicy: TagPolicy = .keep
    ) async throws -> PushReport {
        try validate(repository: repository, tag: tag)
        let session = RegistrySession(
            endpoint: endpoint, transport: transport, authorizer: authorizer, repository: repository)
        var report = PushReport(endpoint: endpoint, repository: repository, tag: tag, digest: image.digest)

        let tagged = try await retrying { try await session.manifestDigest(tag) }
        if tagged == image.digest.description {
            report.skippedBlobs = image.blobs.map(\.digest)
            return report
        }
        if let tagged, tagPolicy == .keep {
            throw DeliveryError(
                .tagConflict,
                "the tag \(tag) of \(repository) at \(endpoint) names \(tagged), and this image is \(image.digest); "
                    + "tags are not moved",
                next: "push under another tag (IMAGE_TAG), or build the source that \(tag) stands for")
        }
        if try await retrying({ try await session.manifestDigest(image.digest.description) }) != nil {
            report.skippedBlobs = image.blobs.map(\.digest)
        } else {
            try await pushBlobs(of: image, session, &report)
        }
        let manifest = try readManifest(of: image)
        try await retrying { try await session.putManifest(manifest, image.manifest, tag: tag) }
        guard try await retrying({ try await session.manifestDigest(tag) }) == image.digest.description else {
            throw DeliveryError(
                .digestMismatch, "\(endpoint) does not answer \(image.digest) for \(repository):\(tag) after the push",
                next: "look whether somebody else pushes the same tag, then run again")
        }
        report.isManifestUploaded = true
        return report
    }

    private func pushBlobs(of image: BuiltImage, _ session: RegistrySession, _ report: inout PushReport) async throws {
        try await withThrowingTaskGroup(of: (blob: OCIDescriptor, isUploaded: Bool).self) { group in
            var waiting = image.blobs[...]
            func startNext() {
                guard let blob = waiting.popFirst() else { return }
                group.addTask {
                    // The lookup is part of what is repeated: an upload whose answer was lost may have arrived.
                    try await retrying {
                        if try await session.hasBlob(blob) { return (blob, false) }
                        try await session.upload(blob, from: image.layout.blobPath(blob.digest))
                        return (blob, true)
                    }
                }
            }
            for _ in 0..<Self.blobsAtOnce { startNext() }
            for try await (blob, isUploaded) in group {
                if isUploaded {
                    report.uploadedBlobs.append(blob.digest)
                    report.uploadedBytes += blob.size
                } else {
                    report.skippedBlobs.append(blob.digest)
                }
                startNext()
            }
        }
    }

    /// Repeats what failed in passing, after a pause that doubles; the registry's own Retry-After goes first.
    private func retrying<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
        var pause = Self.firstPause
        for _ in 1..<Self.attempts {
            do {
                return try await body()
            } catch let error as DeliveryError where error.isTransient {
                try await sleep(error.retryAfter ?? pause)
                pause *= 2
            }
        }
        return try await body()
    }

    private func readManifest(of image: BuiltImage) throws -> [UInt8] {
        let path = image.layout.blobPath(image.digest)
        guard let data = FileManager.default.contents(atPath: path), Digest(of: Array(data)) == image.digest
        else {
            throw DeliveryError(
                .digestMismatch, "the manifest \(path) is missing or damaged",
                next: "delete \(image.layout.path), build and push again")
        }
        return Array(data)
    }

    /// https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pulling-manifests
    private func validate(repository: String, tag: String) throws {
        let separated = /[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*/
        guard repository.utf8.count <= 255, repository.wholeMatch(of: separated) != nil else {
            throw DeliveryError(
                .nameInvalid, "\"\(repository)\" is no repository name",
                next: "use lower-case letters and digits, with single separators (. _ - /) between them")
        }
        guard tag.wholeMatch(of: /[A-Za-z0-9_][A-Za-z0-9._\-]{0,127}/) != nil else {
            throw DeliveryError(
                .nameInvalid, "\"\(tag)\" is no tag",
                next: "use 1 to 128 letters, digits, underscores, dots and dashes, the first no dot or dash")
        }
    }
}

extension BuiltImage {
    /// All that the manifest names.
    fileprivate var blobs: [OCIDescriptor] { layers + [configuration] }
}
