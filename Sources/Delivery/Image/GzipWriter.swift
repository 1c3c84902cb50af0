internal import CZlib
internal import Dispatch
internal import Synchronization

/// A gzip stream (RFC 1952) that is compressed on all cores and is the same bytes whatever their number.
///
/// The input is cut into blocks of a fixed size; each is deflated on its own, primed with the 32 KiB before it, and
/// ends on a byte boundary, so that the pieces join to one deflate stream. Memory: one block in and out a core.
final class GzipWriter {
    /// Bytes of input a block. Part of the format: another value gives other bytes.
    static let blockSize = 1 << 19
    private static let windowSize = 1 << 15

    private let level: Int32
    private let blocksAtOnce: Int
    private let output: ([UInt8]) throws -> Void
    /// The end of what is compressed already (at most `windowSize` bytes), then what is not.
    private var pending: [UInt8] = []
    private var windowCount = 0
    private var checksum = crc32(0, nil, 0)
    private var inputCount = 0

    /// - Parameter level: zlib's, 1 (fast) to 9 (small).
    init(level: Int, blocksAtOnce: Int, output: @escaping ([UInt8]) throws -> Void) throws {
        self.level = Int32(level)
        self.blocksAtOnce = blocksAtOnce
        self.output = output
        // No name, no time; "unknown" as operating system, so that every host writes the same ten bytes.
        try output([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])
    }

    /// - Throws: what `output` throws.
    func write(_ bytes: [UInt8]) throws {
        pending.append(contentsOf: bytes)
        inputCount += bytes.count
        // The last block is not known before `finish`, so one byte more than full blocks must be there.
        while pending.count - windowCount > blocksAtOnce * Self.blockSize {
            try compress(blocks: blocksAtOnce, isEnd: false)
        }
    }

    /// Writes what is left and the trailer. The writer is used up.
    func finish() throws {
        let left = pending.count - windowCount
        try compress(blocks: max(1, (left + Self.blockSize - 1) / Self.blockSize), isEnd: true)
        let trailer = [UInt32(truncatingIfNeeded: checksum), UInt32(truncatingIfNeeded: inputCount)]
        try output(trailer.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } })
    }

    private func compress(blocks: Int, isEnd: Bool) throws {
        let (input, level, windowCount) = (pending, level, windowCount)
        let results = Mutex([(deflated: [UInt8], checksum: UInt, count: Int)?](repeating: nil, count: blocks))
        DispatchQueue.concurrentPerform(iterations: blocks) { index in
            let start = windowCount + index * Self.blockSize
            let block = input[start..<min(start + Self.blockSize, input.count)]
            let window = input[max(0, start - Self.windowSize)..<start]
            let deflated = Self.deflate(block, after: window, level: level, isLast: isEnd && index == blocks - 1)
            let blockChecksum = block.withUnsafeBufferPointer {
                crc32(crc32(0, nil, 0), $0.baseAddress, UInt32($0.count))
            }
            results.withLock { $0[index] = (deflated, blockChecksum, block.count) }
        }
        for result in results.withLock({ $0 }) {
            guard let result else { preconditionFailure("a block was not compressed") }
            try output(result.deflated)
            checksum = crc32_combine(checksum, result.checksum, result.count)
        }
        let consumed = min(input.count, windowCount + blocks * Self.blockSize)
        self.windowCount = min(consumed, Self.windowSize)
        pending = Array(input[(consumed - self.windowCount)...])
    }

    /// Raw deflate (RFC 1951) of one block, ended by an empty stored block or, for the last, by the final bit.
    private static func deflate(
        _ block: ArraySlice<UInt8>, after window: ArraySlice<UInt8>, level: Int32, isLast: Bool
    ) -> [UInt8] {
        var stream = z_stream()
        let ready = deflateInit2_(
            &stream, level, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(ready == Z_OK, "zlib refuses its own defaults: \(ready)")
        defer { deflateEnd(&stream) }
        if !window.isEmpty {
            _ = window.withUnsafeBufferPointer { deflateSetDictionary(&stream, $0.baseAddress, UInt32($0.count)) }
        }
        // deflateBound counts a finished stream; a flush adds at most its empty block.
        let capacity = Int(deflateBound(&stream, UInt(block.count))) + 16
        return block.withUnsafeBufferPointer { input in
            [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.avail_in = UInt32(input.count)
                stream.next_out = buffer.baseAddress
                stream.avail_out = UInt32(capacity)
                let status = CZlib.deflate(&stream, isLast ? Z_FINISH : Z_SYNC_FLUSH)
                precondition(
                    status == (isLast ? Z_STREAM_END : Z_OK) && stream.avail_in == 0 && stream.avail_out > 0,
                    "zlib did not deflate a whole block: \(status)")
                count = capacity - Int(stream.avail_out)
            }
        }
    }
}
