internal import Foundation
internal import Glibc
internal import OpenSSLCrypto

/// A folder with images and their blobs by digest
/// (https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md).
///
/// Beside what the specification asks for it holds `layers/`, the record of what each layer was built from. Every file
/// appears by rename, complete; the folder can be deleted at any time and is built again.
public struct OCILayout: Sendable {
    /// The folder. Made when missing.
    public let path: String

    /// `path`: of the folder; nothing is read or made yet.
    public init(path: String) {
        self.path = path
    }

    /// The file of a blob; relative when `path` is.
    public func blobPath(_ digest: Digest) -> String { "\(path)/blobs/sha256/\(digest.hex)" }

    private var incomingPath: String { "\(path)/incoming" }
    private var recordsPath: String { "\(path)/layers" }

    /// Makes the folders and the `oci-layout` file.
    /// - Throws: `DeliveryError` `.layoutUnusable`.
    func prepare() throws {
        for folder in ["\(path)/blobs/sha256", incomingPath, recordsPath] {
            try guarded { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
        }
        try replace("oci-layout", with: Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
    }

    /// Whether the blob is there with its size. Its bytes are not read: a registry checks them when they are pushed.
    func contains(_ blob: OCIDescriptor) -> Bool {
        var status = stat()
        return stat(blobPath(blob.digest), &status) == 0 && Int(status.st_size) == blob.size
    }

    /// Stores a document and describes it.
    func store(_ document: some Encodable, mediaType: String) throws -> OCIDescriptor {
        try store(bytes: try CanonicalJSON.encode(document), mediaType: mediaType)
    }

    func store(bytes: [UInt8], mediaType: String) throws -> OCIDescriptor {
        let descriptor = OCIDescriptor(mediaType: mediaType, digest: Digest(of: bytes), size: bytes.count)
        if !contains(descriptor) { try replace("blobs/sha256/\(descriptor.digest.hex)", with: bytes) }
        return descriptor
    }

    /// Stores what `write` hands to its sink, piece by piece, under its digest.
    /// - Throws: `DeliveryError` `.layoutUnusable`, and what `write` throws; then nothing stays behind.
    func storeBlob(
        mediaType: String, write: (_ sink: @escaping ([UInt8]) throws -> Void) throws -> Void
    ) throws -> OCIDescriptor {
        let incoming = "\(incomingPath)/\(UUID().uuidString)"
        guard FileManager.default.createFile(atPath: incoming, contents: nil),
            let file = FileHandle(forWritingAtPath: incoming)
        else { throw unusable("the file \(incoming) cannot be made: \(systemError())") }
        do {
            let hasher = SHA256()
            var size = 0
            try write { bytes in
                hasher.update(bytes)
                size += bytes.count
                try self.guarded { try file.write(contentsOf: bytes) }
            }
            try guarded { try file.synchronize() }
            try guarded { try file.close() }
            let descriptor = OCIDescriptor(mediaType: mediaType, digest: Digest(hasher), size: size)
            try moveIntoPlace(incoming, as: blobPath(descriptor.digest))
            return descriptor
        } catch {
            try? file.close()
            unlink(incoming)
            throw error
        }
    }

    /// A blob in memory, checked against its digest: a manifest or a configuration, not a layer.
    /// - Throws: `DeliveryError` `.digestMismatch`.
    func document(_ blob: OCIDescriptor) throws -> [UInt8] {
        let file = blobPath(blob.digest)
        guard let data = FileManager.default.contents(atPath: file), Digest(of: Array(data)) == blob.digest else {
            throw DeliveryError(
                .digestMismatch, "\(file) is missing or damaged",
                next: "delete \(path), build and push again")
        }
        return Array(data)
    }

    /// What `index.json` or `referrers.json` lists; empty when the layout does not have it.
    /// - Throws: `DeliveryError` `.registryRefused` for a file that is no index.
    func manifests(of file: String) throws -> [OCIDescriptor] {
        guard let bytes = FileManager.default.contents(atPath: "\(path)/\(file)") else { return [] }
        return try OCIIndex.decode(Array(bytes), from: "\(path)/\(file)").manifests
    }

    static let index = "index.json"
    /// What is attached to the images. Not in the index, because tools take a layout with one entry for one image.
    static let referrers = "referrers.json"

    /// The layer that was built from these inputs, if its blob is still there.
    func layer(builtFrom inputs: Digest) -> OCILayer? {
        guard let bytes = FileManager.default.contents(atPath: "\(recordsPath)/\(inputs.hex).json"),
            let layer = try? CanonicalJSON.decode(OCILayer.self, from: Array(bytes)), contains(layer.blob)
        else { return nil }
        return layer
    }

    func record(_ layer: OCILayer, builtFrom inputs: Digest) throws {
        try replace("layers/\(inputs.hex).json", with: try CanonicalJSON.encode(layer))
    }

    /// Makes `image` the layout's image and drops what no image needs any more.
    ///
    /// Blobs and records younger than `unusedFilesKept` stay: another run may just be using them.
    func publish(_ image: BuiltImage, records: [Digest]) throws {
        let index = try CanonicalJSON.encode(OCIIndex(manifests: [image.manifest]))
        let referrers = try CanonicalJSON.encode(
            OCIIndex(manifests: image.manifests.filter { $0.subject != nil }.map(\.descriptor)))
        if FileManager.default.contents(atPath: "\(path)/\(Self.referrers)").map({ Array($0) }) != referrers {
            try replace(Self.referrers, with: referrers)
        }
        guard FileManager.default.contents(atPath: "\(path)/\(Self.index)").map({ Array($0) }) != index else { return }
        try replace(Self.index, with: index)
        let kept = Set(
            (image.blobs + image.manifests.map(\.descriptor)).map(\.digest.hex) + records.map { "\($0.hex).json" })
        for folder in ["\(path)/blobs/sha256", incomingPath, recordsPath] {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where !kept.contains(name)
            {
                var status = stat()
                guard stat("\(folder)/\(name)", &status) == 0,
                    time(nil) - status.st_mtim.tv_sec > Self.unusedFilesKept.components.seconds
                else { continue }
                unlink("\(folder)/\(name)")
            }
        }
    }

    private static let unusedFilesKept = Duration.seconds(3600)

    /// Writes a small file whole, by rename.
    private func replace(_ name: String, with bytes: [UInt8]) throws {
        let incoming = "\(incomingPath)/\(UUID().uuidString)"
        do {
            try guarded { try Data(bytes).write(to: URL(fileURLWithPath: incoming)) }
            try moveIntoPlace(incoming, as: "\(path)/\(name)")
        } catch {
            unlink(incoming)
            throw error
        }
    }

    private func moveIntoPlace(_ incoming: String, as target: String) throws {
        guard rename(incoming, target) == 0 else {
            throw unusable("\(target) cannot be put in place: \(systemError())")
        }
    }

    private func guarded<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            throw unusable("\(error)", underlying: error)
        }
    }

    private func unusable(_ why: String, underlying: (any Error)? = nil) -> DeliveryError {
        DeliveryError(
            .layoutUnusable, "the image cannot be stored in \(path): \(why)",
            next: "free space or fix the permissions of \(path) and run again; the folder may be deleted",
            underlying: underlying)
    }
}

/// One built layer.
struct OCILayer: Codable, Equatable {
    /// The compressed blob.
    var blob: OCIDescriptor
    /// The digest of the uncompressed archive.
    var diffID: Digest
    /// Bytes of the uncompressed archive.
    var uncompressedSize: Int
    /// Where its files come from, as far as the distribution knows.
    var packages: [SystemPackage]?
}
