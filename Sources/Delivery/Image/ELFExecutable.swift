/// What the header of a Linux program says: the machine it runs on and the loader that starts it
/// (System V ABI, "Object Files"; elf(5)).
struct ELFExecutable: Equatable {
    /// amd64 or arm64.
    var architecture: String
    /// Absolute path of the dynamic loader (PT_INTERP); `nil`: statically linked.
    var interpreter: String?
    /// Bytes from the start that the program is loaded from; symbols and debugging information come after them.
    var loadedSize = 0
    /// The header (64 bytes) of a file that ends there: one that names no table of sections.
    var strippedHeader: [UInt8] = []

    /// - Parameter read: up to `count` bytes of the program from `offset`; fewer only at its end.
    /// - Throws: `DeliveryError` `.executableUnsupported`, and what `read` throws.
    init(name: String, read: (_ offset: Int, _ count: Int) throws -> [UInt8]) throws {
        func unsupported(_ why: String) -> DeliveryError {
            DeliveryError(
                .executableUnsupported, "\(name) cannot be put into an image: \(why)",
                next: "build tickctl on Linux (amd64 or arm64) with `swift build -c release`")
        }
        let header = try read(0, 64)
        guard header.count == 64, header.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else {
            throw unsupported("it is no ELF program")
        }
        guard header[4] == 2, header[5] == 1 else { throw unsupported("it is not 64-bit little-endian") }
        let type = header.integer(at: 16, bytes: 2)
        guard type == 2 || type == 3 else { throw unsupported("it is an object file or a core dump") }
        switch header.integer(at: 18, bytes: 2) {
        case 62: architecture = "amd64"
        case 183: architecture = "arm64"
        case let machine: throw unsupported("its machine is \(machine), neither x86-64 (62) nor AArch64 (183)")
        }

        let tableOffset = header.integer(at: 32, bytes: 8)
        let entrySize = header.integer(at: 54, bytes: 2)
        let count = header.integer(at: 56, bytes: 2)
        guard count > 0 else { throw unsupported("it has no program headers") }
        guard entrySize >= 56, tableOffset < 1 << 40 else { throw unsupported("its program headers are malformed") }
        let table = try read(Int(tableOffset), Int(entrySize * count))
        guard table.count == Int(entrySize * count) else { throw unsupported("it is cut off in its program headers") }
        loadedSize = max(header.count, Int(tableOffset) + table.count)
        strippedHeader = header
        // The offset of the table of sections; its entries' number, and the one that holds their names.
        for range in [40..<48, 60..<64] { for index in range { strippedHeader[index] = 0 } }
        for start in stride(from: 0, to: table.count, by: Int(entrySize)) {
            let offset = table.integer(at: start + 8, bytes: 8)
            let size = table.integer(at: start + 32, bytes: 8)
            guard offset < 1 << 40, size < 1 << 40 else { throw unsupported("its program headers are malformed") }
            loadedSize = max(loadedSize, Int(offset + size))
            guard table.integer(at: start, bytes: 4) == 3 else { continue }
            guard (2...4096).contains(size) else { throw unsupported("its PT_INTERP is malformed") }
            let path = try read(Int(offset), Int(size))
            guard path.count == Int(size), path.last == 0, path.first == UInt8(ascii: "/") else {
                throw unsupported("its PT_INTERP is no absolute path")
            }
            interpreter = String(decoding: path.dropLast(), as: UTF8.self)
        }
    }
}

extension [UInt8] {
    /// The little-endian unsigned integer of `bytes` bytes at `offset`.
    fileprivate func integer(at offset: Int, bytes: Int) -> UInt64 {
        self[offset..<offset + bytes].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
