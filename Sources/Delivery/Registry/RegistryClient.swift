public import CurlTransport

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

    public let endpoint: RegistryEndpoint
    private let transport: any HTTPTransport
    private let authorizer: RegistryAuthorizer
    private let retry: RegistryRetry

    /// - Parameter credentials: sent only when the registry asks, and never over plain http to another machine.
    public init(
        endpoint: RegistryEndpoint, transport: any HTTPTransport, credentials: RegistryCredentials? = nil,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.endpoint = endpoint
        self.transport = transport
        retry = RegistryRetry(sleep: sleep)
        authorizer = RegistryAuthorizer(endpoint: endpoint, transport: transport, credentials: credentials)
    }

    /// The digest that `tag` means in `repository`, "sha256:..."; nil: nothing.
    /// - Throws: `DeliveryError`, `CancellationError`.
    public func digest(of tag: String, repository: String) async throws -> String? {
        try validate(repository: repository, tag: tag)
        let session = session(repository)
        return try await retry.run { try await session.manifestDigest(tag) }
    }

    /// What `reference` (a tag or a digest) names in `repository`, with what is attached to it. No layer is fetched.
    /// - Throws: `DeliveryError`, `CancellationError`.
    public func inspect(_ reference: String, repository: String) async throws -> ImageInspection {
        try validate(repository: repository, tag: Digest(reference)?.hex ?? reference)
        let source = RegistryContents(session: session(repository), retry: retry)
        return try await ImageInspection(of: reference, in: source)
    }

    /// Makes `repository` hold `image` and what is attached to it under `tag`, sending only what the registry lacks: one
    /// request when all is there. The tag comes last. Blobs go at most four at a time, each streamed from its file.
    /// - Parameters:
    ///   - repository: without the host, "ticket-public".
    ///   - tag: 1 to 128 letters, digits, "_", "." and "-".
    ///   - source: a repository of this registry that holds the same blobs, to take them over from.
    /// - Throws: `DeliveryError`, `CancellationError`.
    public func push(
        _ image: BuiltImage, repository: String, tag: String, tagPolicy: TagPolicy = .keep,
        mountingFrom source: String? = nil
    ) async throws -> PushReport {
        try validate(repository: repository, tag: tag)
        let session = session(repository)
        var report = PushReport(endpoint: endpoint, repository: repository, tag: tag, digest: image.digest)

        let tagged = try await retry.run { try await session.manifestDigest(tag) }
        if tagged == image.digest.description {
            report.skippedBlobs = image.blobs.map(\.digest)
            return report
        }
        if let tagged, tagPolicy == .keep { throw conflict(tagged, image, repository, tag) }

        var sent: [BuiltManifest] = []
        var needed: Set<Digest> = []
        for manifest in image.manifests {
            let digest = manifest.descriptor.digest.description
            let isMissing = try await retry.run { try await session.manifestDigest(digest) } == nil
            if isMissing { needed.formUnion(manifest.blobs.map(\.digest)) }
            // What is attached is sent in any case: a push that was cut off may have left it unlisted.
            if isMissing || manifest.subject != nil { sent.append(manifest) }
        }
        let wanted = image.blobs.filter { needed.contains($0.digest) }
        report.skippedBlobs = image.blobs.map(\.digest).filter { !needed.contains($0) }
        try await push(wanted, of: image.layout, mountingFrom: source, session, &report)
        try await push(sent, of: image, session)
        try await push(tag, image, session)
        report.isManifestUploaded = true
        return report
    }

    private func session(_ repository: String) -> RegistrySession {
        RegistrySession(endpoint: endpoint, transport: transport, authorizer: authorizer, repository: repository)
    }

    private func push(
        _ blobs: [OCIDescriptor], of layout: OCILayout, mountingFrom source: String?, _ session: RegistrySession,
        _ report: inout PushReport
    ) async throws {
        try await withThrowingTaskGroup(of: (blob: OCIDescriptor, outcome: BlobUpload.Outcome).self) { group in
            var waiting = blobs[...]
            func startNext() {
                guard let blob = waiting.popFirst() else { return }
                let upload = BlobUpload(
                    session: session, blob: blob, path: layout.blobPath(blob.digest), retry: retry)
                group.addTask { (blob, try await upload.run(mountingFrom: source)) }
            }
            for _ in 0..<Self.blobsAtOnce { startNext() }
            for try await (blob, outcome) in group {
                switch outcome {
                case .present: report.skippedBlobs.append(blob.digest)
                case .mounted: report.mountedBlobs.append(blob.digest)
                case .uploaded:
                    report.uploadedBlobs.append(blob.digest)
                    report.uploadedBytes += blob.size
                }
                startNext()
            }
        }
    }

    /// Stores manifests under their digests, and lists what is attached where the registry does not do so itself.
    private func push(_ manifests: [BuiltManifest], of image: BuiltImage, _ session: RegistrySession) async throws {
        var unlisted: [OCIDescriptor: [OCIDescriptor]] = [:]
        for manifest in manifests {
            let bytes = try image.layout.document(manifest.descriptor)
            let isListed = try await retry.run {
                try await session.putManifest(
                    bytes, manifest.descriptor, as: manifest.descriptor.digest.description)
            }
            if let subject = manifest.subject, !isListed { unlisted[subject, default: []].append(manifest.descriptor) }
        }
        for (subject, attached) in unlisted {
            let tag = RegistrySession.referrersTag(subject.digest)
            let listed = try await retry.run { try await session.manifest(tag) }
            var index = OCIIndex(manifests: [])
            if let listed { index = try OCIIndex.decode(listed.bytes, from: "\(endpoint)") }
            let new = attached.filter { one in !index.manifests.contains { $0.digest == one.digest } }
            guard !new.isEmpty else { continue }
            index.manifests += new
            let bytes = try CanonicalJSON.encode(index)
            let descriptor = OCIDescriptor(
                mediaType: OCIMediaType.index, digest: Digest(of: bytes), size: bytes.count)
            _ = try await retry.run { try await session.putManifest(bytes, descriptor, as: tag) }
        }
    }

    private func push(_ tag: String, _ image: BuiltImage, _ session: RegistrySession) async throws {
        let manifest = try image.layout.document(image.manifest)
        do {
            _ = try await retry.run { try await session.putManifest(manifest, image.manifest, as: tag) }
        } catch let error as DeliveryError where error.code == .tagConflict {
            // A registry whose tags cannot be moved refuses a request that is repeated because its answer was lost.
            guard try await retry.run({ try await session.manifestDigest(tag) }) == image.digest.description else {
                throw error
            }
        }
        guard try await retry.run({ try await session.manifestDigest(tag) }) == image.digest.description else {
            throw DeliveryError(
                .digestMismatch,
                "\(endpoint) does not answer \(image.digest) for \(session.repository):\(tag) after the push",
                next: "look whether somebody else pushes the same tag, then run again")
        }
    }

    private func conflict(_ tagged: String, _ image: BuiltImage, _ repository: String, _ tag: String) -> DeliveryError {
        DeliveryError(
            .tagConflict,
            "the tag \(tag) of \(repository) at \(endpoint) names \(tagged), and this image is \(image.digest); "
                + "tags are not moved",
            next: "push under another tag (IMAGE_TAG), or build the source that \(tag) stands for")
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
