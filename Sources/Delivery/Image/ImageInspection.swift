/// Where an image's documents are read from: a layout or a registry.
protocol ImageContents: Sendable {
    /// "sha256:..." or a tag; nil for the image itself of a place that has one.
    func manifest(_ reference: String?) async throws -> (bytes: [UInt8], mediaType: String)
    func blob(_ descriptor: OCIDescriptor) async throws -> [UInt8]
    func referrers(of subject: Digest) async throws -> [OCIDescriptor]
}

/// What an image is, without its layers' content.
public struct ImageInspection: Codable, Sendable {
    /// A descriptor of the OCI image specification.
    public struct Blob: Codable, Sendable {
        public var digest: Digest
        public var mediaType: String
        /// Compressed bytes.
        public var size: Int
    }

    /// The image for one platform, from its manifest and its configuration.
    public struct Platform: Codable, Sendable {
        /// "linux/amd64".
        public var platform: String
        public var digest: Digest
        public var layers: [Blob]
        /// Compressed bytes of manifest, configuration and layers.
        public var compressedSize: Int
        public var created: String?
        public var user: String?
        public var entrypoint: [String]
        public var environment: [String]
        public var labels: [String: String]
        /// Bill of materials, provenance and whatever else was attached; the media type is the artifact's.
        public var attachments: [Blob]
    }

    public var digest: Digest
    public var mediaType: String
    public var platforms: [Platform]
    /// Compressed bytes of all platforms, without what is attached.
    public var compressedSize: Int

    private static let maximumPlatforms = 32

    /// - Parameter reference: a tag or a digest; nil: the image of `contents`.
    /// - Throws: `DeliveryError`.
    init(of reference: String?, in contents: some ImageContents) async throws {
        let (bytes, mediaType) = try await contents.manifest(reference)
        digest = Digest(of: bytes)
        platforms = []
        compressedSize = 0
        if let index = try? CanonicalJSON.decode(OCIIndex.self, from: bytes) {
            self.mediaType = index.mediaType
            compressedSize = bytes.count
            for manifest in index.manifests.prefix(Self.maximumPlatforms) {
                let (child, _) = try await contents.manifest(manifest.digest.description)
                platforms.append(try await Self.platform(child, in: contents))
            }
        } else {
            self.mediaType = mediaType
            platforms.append(try await Self.platform(bytes, in: contents))
        }
        compressedSize += platforms.reduce(0) { $0 + $1.compressedSize }
    }

    private static func platform(_ bytes: [UInt8], in contents: some ImageContents) async throws -> Platform {
        let digest = Digest(of: bytes)
        let manifest = try decode(OCIManifest.self, bytes, "the manifest \(digest)")
        let configuration = try decode(
            Configuration.self, try await contents.blob(manifest.config), "the configuration \(manifest.config.digest)")
        return Platform(
            platform: "\(configuration.os ?? "?")/\(configuration.architecture ?? "?")", digest: digest,
            layers: manifest.layers.map { Blob(digest: $0.digest, mediaType: $0.mediaType, size: $0.size) },
            compressedSize: manifest.layers.reduce(bytes.count + manifest.config.size) { $0 + $1.size },
            created: configuration.created, user: configuration.config?.user,
            entrypoint: configuration.config?.entrypoint ?? [], environment: configuration.config?.environment ?? [],
            labels: configuration.config?.labels ?? [:],
            attachments: try await contents.referrers(of: digest).map {
                Blob(digest: $0.digest, mediaType: $0.artifactType ?? $0.mediaType, size: $0.size)
            })
    }

    /// What others' images may leave out.
    private struct Configuration: Decodable {
        struct Execution: Decodable {
            var user: String?
            var environment: [String]?
            var entrypoint: [String]?
            var labels: [String: String]?

            enum CodingKeys: String, CodingKey {
                case user = "User"
                case environment = "Env"
                case entrypoint = "Entrypoint"
                case labels = "Labels"
            }
        }
        var created: String?
        var architecture: String?
        var os: String?
        var config: Execution?
    }

    private static func decode<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8], _ name: String) throws -> Value {
        do {
            return try CanonicalJSON.decode(type, from: bytes)
        } catch {
            throw DeliveryError(
                .registryRefused, "\(name) is none of a container image: \(error)",
                next: "name an image: HOST/REPOSITORY[:TAG|@DIGEST] or a layout folder", underlying: error)
        }
    }
}

extension OCILayout: ImageContents {
    /// What the layout's image is.
    /// - Throws: `DeliveryError`.
    public func inspect() async throws -> ImageInspection { try await ImageInspection(of: nil, in: self) }

    func manifest(_ reference: String?) throws -> (bytes: [UInt8], mediaType: String) {
        let listed = try manifests(of: Self.index)
        let wanted = reference.flatMap(Digest.init)
        guard let digest = wanted ?? listed.first?.digest else {
            throw DeliveryError(
                .layoutUnusable, "\(path) holds no image", next: "make one with `tickctl image build --out \(path)`")
        }
        let descriptor = listed.first { $0.digest == digest }
        let bytes = try document(
            OCIDescriptor(mediaType: descriptor?.mediaType ?? OCIMediaType.manifest, digest: digest, size: 0))
        return (bytes, descriptor?.mediaType ?? OCIMediaType.manifest)
    }

    func blob(_ descriptor: OCIDescriptor) throws -> [UInt8] { try document(descriptor) }

    func referrers(of subject: Digest) throws -> [OCIDescriptor] {
        try manifests(of: Self.referrers).filter { descriptor in
            let manifest = try CanonicalJSON.decode(OCIManifest.self, from: document(descriptor))
            return manifest.subject?.digest == subject
        }
    }
}
