internal import CZlib
internal import Foundation
internal import OpenSSLCrypto

/// Writes a tree as one compressed layer, or finds the one that was written from the same inputs.
struct LayerBuilder {
    /// zlib's level for every layer. On 104 MB of libraries and two cores: level 1 takes 1.1 s and leaves 39.7 MB, level 4
    /// 1.5 s and 37.4 MB, level 6 2.9 s and 36.6 MB, level 9 10.3 s and 36.4 MB.
    static let compressionLevel = 4
    /// Bytes read from a file at once.
    private static let readSize = 1 << 20

    var layout: OCILayout
    /// Seconds since 1970: the time of every entry.
    var created: Int

    /// - Parameter packages: where the tree's files come from; asked for when the layer is built.
    /// - Returns: the layer, and whether it was there already. Nothing is read then.
    func layer(
        of tree: LayerTree, packages: (LayerTree) throws -> [SystemPackage] = { _ in [] }
    ) throws -> (layer: OCILayer, inputs: Digest, isReused: Bool) {
        let entries = tree.entries
        let inputs = inputDigest(of: entries)
        if let layer = layout.layer(builtFrom: inputs) { return (layer, inputs, true) }
        var layer = try build(entries)
        layer.packages = try packages(tree)
        try layout.record(layer, builtFrom: inputs)
        return (layer, inputs, false)
    }

    /// What the layer's bytes depend on: the entries, for files of this machine their identity, size and times in
    /// place of their bytes, and how they are encoded.
    private func inputDigest(of entries: [LayerTree.Entry]) -> Digest {
        let hasher = SHA256()
        func add(_ field: String) { hasher.update(Array(field.utf8) + [0]) }
        add("2 \(String(cString: zlibVersion())) \(Self.compressionLevel) \(GzipWriter.blockSize) \(created)")
        for entry in entries {
            add(entry.path)
            add("\(entry.mode) \(entry.owner)")
            switch entry.content {
            case .directory: add("directory")
            case .bytes(let bytes): add("bytes \(Digest(of: bytes))")
            case .symbolicLink(let target): add("symbolic link \(target)")
            case .hardLink(let target): add("hard link \(target)")
            case .file(let file): add("file \(described(file))")
            case .program(let file, let header, let size):
                add("program \(described(file)) \(size) \(Digest(of: header))")
            }
        }
        return Digest(hasher)
    }

    private func described(_ file: SourceFile) -> String {
        "\(file.identity.device) \(file.identity.number) \(file.size) \(file.version) \(file.path)"
    }

    private func build(_ entries: [LayerTree.Entry]) throws -> OCILayer {
        let archive = SHA256()
        var archiveSize = 0
        let blob = try layout.storeBlob(mediaType: OCIMediaType.layer) { sink in
            let gzip = try GzipWriter(
                level: Self.compressionLevel, blocksAtOnce: ProcessInfo.processInfo.activeProcessorCount, output: sink)
            func write(_ bytes: [UInt8]) throws {
                archive.update(bytes)
                archiveSize += bytes.count
                try gzip.write(bytes)
            }
            for entry in entries { try self.write(entry, to: write) }
            try write(TarHeader.end)
            try gzip.finish()
        }
        return OCILayer(blob: blob, diffID: Digest(archive), uncompressedSize: archiveSize)
    }

    private func write(_ entry: LayerTree.Entry, to sink: ([UInt8]) throws -> Void) throws {
        var header = TarHeader(
            path: entry.path, kind: .directory, mode: entry.mode, owner: entry.owner, modified: created)
        switch entry.content {
        case .directory:
            try sink(header.bytes)
        case .symbolicLink(let target), .hardLink(let target):
            header.kind = if case .hardLink = entry.content { .hardLink } else { .symbolicLink }
            header.linkTarget = target
            try sink(header.bytes)
        case .bytes(let bytes):
            header.kind = .file
            header.size = bytes.count
            try sink(header.bytes)
            try sink(bytes)
            try sink(TarHeader.padding(after: bytes.count))
        case .file(let file):
            try write(file, behind: [], size: file.size, header, to: sink)
        case .program(let file, let start, let size):
            try write(file, behind: start, size: size, header, to: sink)
        }
    }

    /// The first `size` bytes of a file, the first of them replaced by `start`.
    /// - Throws: `DeliveryError` `.inputUnreadable`, and `.inputChanged` when the file is no longer the one that the
    ///   tree was made from.
    private func write(
        _ file: SourceFile, behind start: [UInt8], size: Int, _ header: TarHeader, to sink: ([UInt8]) throws -> Void
    ) throws {
        var header = header
        header.kind = .file
        header.size = size
        try sink(header.bytes)
        try sink(start)
        let input = try InputFile(opening: file.path)
        var position = start.count
        while position < size {
            let bytes = try input.read(min(size - position, Self.readSize), at: position)
            if bytes.isEmpty { break }
            try sink(bytes)
            position += bytes.count
        }
        guard position == size, try SourceFile(at: file.path).version == file.version else {
            throw DeliveryError(
                .inputChanged, "\(file.path) changed while it was put into the image",
                next: "wait until the build or the package installation is done, then run again")
        }
        try sink(TarHeader.padding(after: size))
    }
}
