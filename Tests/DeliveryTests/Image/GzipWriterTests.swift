import TestSupport
import Testing

@testable import Delivery

struct GzipWriterTests {
    private func compress(_ bytes: [UInt8], level: Int = 4, blocksAtOnce: Int, pieces: Int) throws -> [UInt8] {
        var output: [UInt8] = []
        let writer = try GzipWriter(level: level, blocksAtOnce: blocksAtOnce) { output += $0 }
        for start in stride(from: 0, to: bytes.count, by: max(1, pieces)) {
            try writer.write(Array(bytes[start..<min(bytes.count, start + pieces)]))
        }
        try writer.finish()
        return output
    }

    /// Compressible, but with no short period: a linear congruence, every byte halved in entropy.
    private func sample(_ count: Int) -> [UInt8] {
        var state: UInt32 = 20_240_601
        return (0..<count).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(truncatingIfNeeded: state >> 24) & 0x1f
        }
    }

    static let block = GzipWriter.blockSize

    @Test(
        "gzip unpacks what was written, at every size around a block",
        arguments: [0, 1, block - 1, block, block + 1, 2 * block, 2 * block + 1, 3 * block + 77])
    func roundTrip(size: Int) throws {
        let bytes = sample(size)
        let compressed = try compress(bytes, blocksAtOnce: 2, pieces: 100_000)
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/file"
        let command = try Command(["sh", "-c", "gzip -dc > '\(path)'"], input: compressed)
        #expect(command.status == 0 && command.errors.isEmpty, "\(command.errors)")
        let unpacked = try Command(["cmp", path, "-"], input: bytes)
        #expect(unpacked.status == 0, "\(unpacked.output) \(unpacked.errors)")
        #expect(size < 1000 || compressed.count < size * 3 / 4)
    }

    @Test("the bytes depend neither on the number of cores nor on how the input arrives")
    func deterministic() throws {
        let bytes = sample(3 * Self.block + 4321)
        let expected = try compress(bytes, blocksAtOnce: 1, pieces: bytes.count)
        for (blocksAtOnce, pieces) in [(2, 1 << 20), (3, 65_537), (8, bytes.count), (1, 99_991)] {
            #expect(try compress(bytes, blocksAtOnce: blocksAtOnce, pieces: pieces) == expected)
        }
    }

    @Test("the header holds no name, no time and no operating system")
    func header() throws {
        #expect(
            try compress([1, 2, 3], blocksAtOnce: 1, pieces: 3).prefix(10) == [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])
    }

    @Test("an output that fails ends the writing with its error")
    func outputFails() throws {
        struct Full: Error {}
        var room = 1
        let writer = try GzipWriter(level: 1, blocksAtOnce: 1) { _ in
            room -= 1
            if room < 0 { throw Full() }
        }
        #expect(throws: Full.self) { try writer.write(sample(2 * Self.block)) }
    }
}
