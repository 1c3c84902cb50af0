/// An image that stands in a layout, complete.
public struct BuiltImage: Sendable {
    public let layout: OCILayout
    /// What names the image: its digest is the image's. The manifest of the one platform, or the index of several.
    public let manifest: OCIDescriptor
    /// One a platform, sorted by architecture; at least one.
    public let images: [PlatformImage]

    public var digest: Digest { manifest.digest }
    /// The first platform.
    public var platform: OCIPlatform? { images.first?.manifest.platform }
    /// Bytes that a registry stores: manifests, configurations and layers, without what is attached.
    public var compressedSize: Int {
        images.reduce(images.count > 1 ? manifest.size : 0) { $0 + $1.compressedSize }
    }

    /// All manifests, each after those that it names.
    var manifests: [BuiltManifest] {
        let platforms = images.map { BuiltManifest(descriptor: $0.manifest, blobs: $0.layers + [$0.configuration]) }
        let index = images.count > 1 ? [BuiltManifest(descriptor: manifest, blobs: [])] : []
        return platforms + images.flatMap(\.attachments) + index
    }

    /// What all manifests name, each once.
    var blobs: [OCIDescriptor] {
        manifests.flatMap(\.blobs).reduce(into: []) { list, blob in
            if !list.contains(where: { $0.digest == blob.digest }) { list.append(blob) }
        }
    }
}

/// The image of one platform.
public struct PlatformImage: Sendable {
    public let manifest: OCIDescriptor
    public let configuration: OCIDescriptor
    /// Lowest first.
    public let layers: [OCIDescriptor]
    /// The bill of materials and the provenance.
    let attachments: [BuiltManifest]
    /// Bytes of the unpacked layers.
    public let uncompressedSize: Int
    /// Layers that a former build had made already.
    public let reusedLayerCount: Int

    /// Bytes that a task downloads.
    public var compressedSize: Int { layers.reduce(manifest.size + configuration.size) { $0 + $1.size } }
}

/// A manifest of a layout with the blobs that it names.
struct BuiltManifest: Sendable {
    let descriptor: OCIDescriptor
    let blobs: [OCIDescriptor]
    /// What it is attached to.
    var subject: OCIDescriptor?
}
