internal import Foundation

/// A reference to a blob by its digest
/// (https://github.com/opencontainers/image-spec/blob/v1.1.0/descriptor.md).
public struct OCIDescriptor: Codable, Hashable, Sendable {
    public var mediaType: String
    public var digest: Digest
    /// Bytes.
    public var size: Int
    public var annotations: [String: String]?
    public var platform: OCIPlatform?
    /// What the manifest it leads to is, when that is no image.
    public var artifactType: String?

    init(
        mediaType: String, digest: Digest, size: Int, annotations: [String: String]? = nil,
        platform: OCIPlatform? = nil, artifactType: String? = nil
    ) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
        self.annotations = annotations
        self.platform = platform
        self.artifactType = artifactType
    }
}

/// What a program runs on, in Go's names: linux, and amd64 or arm64.
public struct OCIPlatform: Codable, Hashable, Sendable, CustomStringConvertible {
    public var architecture: String
    public var os = "linux"

    public var description: String { "\(os)/\(architecture)" }
}

enum OCIMediaType {
    static let index = "application/vnd.oci.image.index.v1+json"
    static let manifest = "application/vnd.oci.image.manifest.v1+json"
    static let configuration = "application/vnd.oci.image.config.v1+json"
    static let layer = "application/vnd.oci.image.layer.v1.tar+gzip"
    /// The configuration of what is no image: the bytes "{}".
    static let empty = "application/vnd.oci.empty.v1+json"
    /// What a client accepts when it asks for a manifest.
    static let manifests = [
        manifest, index, "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    ].joined(separator: ", ")
}

/// One image of one platform, or something attached to one (https://github.com/opencontainers/image-spec/blob/v1.1.0/manifest.md).
struct OCIManifest: Codable, Equatable {
    var schemaVersion = 2
    var mediaType = OCIMediaType.manifest
    var config: OCIDescriptor
    var layers: [OCIDescriptor]
    var annotations: [String: String]?
    var artifactType: String?
    /// The manifest that this one is attached to.
    var subject: OCIDescriptor?
}

/// Several images: of a layout, of several platforms, or what is attached to one
/// (https://github.com/opencontainers/image-spec/blob/v1.1.0/image-index.md).
struct OCIIndex: Codable, Equatable {
    var schemaVersion = 2
    var mediaType = OCIMediaType.index
    var manifests: [OCIDescriptor]
    var annotations: [String: String]?

    /// - Throws: `DeliveryError` `.registryRefused`.
    static func decode(_ bytes: [UInt8], from place: String) throws -> OCIIndex {
        do {
            return try CanonicalJSON.decode(OCIIndex.self, from: bytes)
        } catch {
            throw DeliveryError(
                .registryRefused, "\(place) holds an index that cannot be read: \(error)",
                next: "see what made it with `skopeo inspect --raw`", underlying: error)
        }
    }
}

/// How to run an image (https://github.com/opencontainers/image-spec/blob/v1.1.0/config.md).
struct OCIConfiguration: Codable, Equatable {
    struct Execution: Codable, Equatable {
        var user: String
        var environment: [String]
        var entrypoint: [String]
        var workingDirectory: String
        /// Folders that whoever runs the image may mount, with what it has there: a set, as keys of empty objects.
        var volumes: [String: [String: String]]
        var labels: [String: String]

        enum CodingKeys: String, CodingKey {
            case user = "User"
            case environment = "Env"
            case entrypoint = "Entrypoint"
            case workingDirectory = "WorkingDir"
            case volumes = "Volumes"
            case labels = "Labels"
        }
    }

    struct RootFileSystem: Codable, Equatable {
        var type = "layers"
        /// The digests of the uncompressed layers, lowest first.
        var diffIDs: [Digest]

        enum CodingKeys: String, CodingKey {
            case type
            case diffIDs = "diff_ids"
        }
    }

    struct History: Codable, Equatable {
        var created: String
        var createdBy: String

        enum CodingKeys: String, CodingKey {
            case created
            case createdBy = "created_by"
        }
    }

    /// RFC 3339.
    var created: String
    var architecture: String
    var os: String
    var config: Execution
    var rootFileSystem: RootFileSystem
    var history: [History]

    enum CodingKeys: String, CodingKey {
        case created, architecture, os, config, history
        case rootFileSystem = "rootfs"
    }
}

/// JSON with sorted keys and no white space: equal values are equal bytes, and so one digest.
enum CanonicalJSON {
    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        try JSONDecoder().decode(type, from: Data(bytes))
    }
}
