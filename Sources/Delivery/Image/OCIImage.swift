internal import Dispatch
internal import Foundation
internal import Glibc

/// Builds container images without a Docker daemon.
public enum OCIImage {
    /// Builds the image of `recipe` into `layout`: a system layer and an application layer.
    ///
    /// Layers whose inputs have not changed (by size, times and identity of each file) are reused unread, so that a
    /// second build costs milliseconds. Memory is bounded by a few MiB a core, whatever the sizes.
    /// - Throws: `DeliveryError` about the inputs and the layout.
    public static func build(_ recipe: ImageRecipe, into layout: OCILayout) async throws -> BuiltImage {
        // Compression keeps every core busy; on the cooperative pool it would hold up all other tasks.
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try buildOnThisThread(recipe, into: layout) })
            }
        }
    }

    private static func buildOnThisThread(_ recipe: ImageRecipe, into layout: OCILayout) throws -> BuiltImage {
        guard (0...0o77777777777).contains(recipe.created) else {
            throw DeliveryError(
                .inputUnreadable, "the image's time \(recipe.created) is not within 1970 to 2242",
                next: "set SOURCE_DATE_EPOCH to seconds since 1970, or leave it out")
        }
        let executable = try resolved(recipe.executable)
        let program = try InputFile(opening: executable)
        let header = try ELFExecutable(name: executable) { try program.read($1, at: $0) }
        try layout.prepare()

        let builder = LayerBuilder(layout: layout, created: recipe.created)
        let built = [
            try builder.layer(of: recipe.systemTree(executable: executable, interpreter: header.interpreter)),
            try builder.layer(of: recipe.applicationTree(executable: executable)),
        ]
        let layers = built.map(\.layer)
        let platform = OCIPlatform(architecture: header.architecture)
        let labels = recipe.labels
        let configuration = try layout.store(
            recipe.configuration(platform: platform, layers: layers, labels: labels),
            mediaType: OCIMediaType.configuration)
        var manifest = try layout.store(
            OCIManifest(config: configuration, layers: layers.map(\.blob), annotations: labels),
            mediaType: OCIMediaType.manifest)
        manifest.platform = platform
        try layout.publish(manifest, keeping: [configuration] + layers.map(\.blob), records: built.map(\.inputs))
        return BuiltImage(
            layout: layout, manifest: manifest, configuration: configuration, layers: layers.map(\.blob),
            uncompressedSize: layers.reduce(0) { $0 + $1.uncompressedSize },
            reusedLayerCount: built.count { $0.isReused })
    }

    private static func resolved(_ path: String) throws -> String {
        guard let resolved = realpath(path, nil) else { throw unreadable(path, systemError()) }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}

/// An image that stands in a layout, complete.
public struct BuiltImage: Sendable {
    public let layout: OCILayout
    /// What names the image: its digest is the image's.
    public let manifest: OCIDescriptor
    public let configuration: OCIDescriptor
    /// Lowest first.
    public let layers: [OCIDescriptor]
    /// Bytes of the unpacked layers.
    public let uncompressedSize: Int
    /// Layers that a former build had made already.
    public let reusedLayerCount: Int

    public var digest: Digest { manifest.digest }
    public var platform: OCIPlatform? { manifest.platform }
    /// Bytes that a registry stores and a task downloads: manifest, configuration and layers.
    public var compressedSize: Int { layers.reduce(manifest.size + configuration.size) { $0 + $1.size } }
}
