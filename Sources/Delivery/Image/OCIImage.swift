internal import Dispatch
internal import Foundation
internal import Glibc

/// Builds container images without a Docker daemon.
public enum OCIImage {
    /// Builds the image of `recipe` into `layout`: for each program a system layer and an application layer, with its bill
    /// of materials and provenance attached. Several platforms stand under one index.
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
        let programs = try recipe.executables.map { try Program(path: $0) }
            .sorted { $0.header.architecture < $1.header.architecture }
        for (one, next) in zip(programs, programs.dropFirst())
        where one.header.architecture == next.header.architecture {
            throw DeliveryError(
                .executableUnsupported, "\(one.path) and \(next.path) are both for \(one.header.architecture)",
                next: "give one program for each platform")
        }
        try layout.prepare()
        let built = try programs.map { try build($0, recipe, into: layout) }
        guard let first = built.first?.image else {
            throw DeliveryError(.inputUnreadable, "an image needs a program", next: "name one with --binary")
        }
        let index =
            try built.count < 2
            ? nil
            : layout.store(
                OCIIndex(manifests: built.map(\.image.manifest), annotations: recipe.labels),
                mediaType: OCIMediaType.index)
        let image = BuiltImage(layout: layout, manifest: index ?? first.manifest, images: built.map(\.image))
        try layout.publish(image, records: built.flatMap(\.records))
        return image
    }

    private struct Program {
        let path: String
        let header: ELFExecutable

        init(path: String) throws {
            guard let resolved = realpath(path, nil) else { throw unreadable(path, systemError()) }
            defer { free(resolved) }
            let path = String(cString: resolved)
            let file = try InputFile(opening: path)
            header = try ELFExecutable(name: path) { try file.read($1, at: $0) }
            self.path = path
        }
    }

    private static func build(
        _ program: Program, _ recipe: ImageRecipe, into layout: OCILayout
    ) throws -> (image: PlatformImage, records: [Digest]) {
        let builder = LayerBuilder(layout: layout, created: recipe.created)
        let built = [
            try builder.layer(
                of: recipe.systemTree(executable: program.path, interpreter: program.header.interpreter),
                packages: SystemPackage.of),
            try builder.layer(of: recipe.applicationTree(executable: program.path, program.header)),
        ]
        let layers = built.map(\.layer)
        let platform = OCIPlatform(architecture: program.header.architecture)
        let labels = recipe.labels
        let configuration = try layout.store(
            recipe.configuration(platform: platform, layers: layers, labels: labels),
            mediaType: OCIMediaType.configuration)
        var manifest = try layout.store(
            OCIManifest(config: configuration, layers: layers.map(\.blob), annotations: labels),
            mediaType: OCIMediaType.manifest)
        let bill = SPDXDocument(
            digest: manifest.digest, platform: platform, version: recipe.version, created: recipe.createdText,
            system: layers[0].packages ?? [], linked: SwiftPackage.linked)
        let provenance = ProvenanceStatement(
            digest: manifest.digest, platform: platform, recipe: recipe, layers: layers, linked: SwiftPackage.linked)
        let attachments = [
            try layout.attach(bill, SPDXDocument.mediaType, to: manifest, annotations: labels),
            try layout.attach(
                provenance, ProvenanceStatement.mediaType, to: manifest,
                annotations: labels.merging(["in-toto.io/predicate-type": ProvenanceStatement.predicateType]) { $1 }),
        ]
        manifest.platform = platform
        let image = PlatformImage(
            manifest: manifest, configuration: configuration, layers: layers.map(\.blob), attachments: attachments,
            uncompressedSize: layers.reduce(0) { $0 + $1.uncompressedSize },
            reusedLayerCount: built.count { $0.isReused })
        return (image, built.map(\.inputs))
    }
}

extension OCILayout {
    /// Stores a document with a manifest that attaches it to another
    /// (https://github.com/opencontainers/image-spec/blob/v1.1.0/manifest.md#guidelines-for-artifact-usage).
    fileprivate func attach(
        _ document: some Encodable, _ type: String, to subject: OCIDescriptor, annotations: [String: String]
    ) throws -> BuiltManifest {
        let blob = try store(document, mediaType: type)
        let configuration = try store(bytes: Array("{}".utf8), mediaType: OCIMediaType.empty)
        var manifest = try store(
            OCIManifest(
                config: configuration, layers: [blob], annotations: annotations, artifactType: type, subject: subject),
            mediaType: OCIMediaType.manifest)
        manifest.artifactType = type
        manifest.annotations = annotations
        return BuiltManifest(descriptor: manifest, blobs: [configuration, blob], subject: subject)
    }
}
