internal import NIOCore

/// Undoes the chunked coding (RFC 9112, section 7.1). Extensions and trailers are checked, bounded and dropped.
struct ChunkedBody: Sendable {
    enum Step {
        case incomplete
        case complete(ByteBuffer)
        case refused(Refusal)
    }

    private enum Stage {
        case size
        case data(remaining: Int)
        case dataEnd
        case trailers
    }

    /// Head and what of the body is decoded; nil before the first byte of the body.
    private(set) var message: ByteBuffer?
    private var stage = Stage.size
    private var bodyByteCount = 0
    /// Extensions and trailers so far.
    private var overheadByteCount = 0
    private var scanned = 0

    /// The longest chunk line: size and extensions.
    private static let mostLineBytes = 1024

    mutating func begin(with head: ByteBuffer) {
        // A copy: what follows is appended, and must not make the connection's buffer shared.
        var message = ByteBufferAllocator().buffer(capacity: head.readableBytes + 1024)
        message.writeImmutableBuffer(head)
        self.message = message
    }

    mutating func next(from buffer: inout ByteBuffer, bodyLimit: Int, overheadLimit: Int) -> Step {
        while true {
            switch stage {
            case .size:
                switch line(from: &buffer, most: Self.mostLineBytes) {
                case .incomplete: return .incomplete
                case .tooLong, .malformed: return .refused(.chunk)
                case .line(let line):
                    guard let size = line.withUnsafeReadableBytes({ parseSize($0) }) else { return .refused(.chunk) }
                    if overheadByteCount > overheadLimit { return .refused(.chunk) }
                    if size > bodyLimit - bodyByteCount { return .refused(.bodyLength) }
                    bodyByteCount += size
                    stage = size == 0 ? .trailers : .data(remaining: size)
                }
            case .data(let remaining):
                guard var data = buffer.readSlice(length: min(remaining, buffer.readableBytes)),
                    data.readableBytes > 0
                else { return .incomplete }
                let count = data.readableBytes
                message?.writeBuffer(&data)
                stage = count == remaining ? .dataEnd : .data(remaining: remaining - count)
            case .dataEnd:
                guard let end = buffer.readInteger(as: UInt16.self) else { return .incomplete }
                guard end == 0x0D0A else { return .refused(.chunk) }
                stage = .size
            case .trailers:
                switch line(from: &buffer, most: overheadLimit) {
                case .incomplete: return .incomplete
                case .tooLong: return .refused(.trailerLength)
                case .malformed: return .refused(.bareLineFeed)
                case .line(let line):
                    guard line.readableBytes > 0 else {
                        guard let message else { return .incomplete }
                        return .complete(message)
                    }
                    overheadByteCount += line.readableBytes
                    if overheadByteCount > overheadLimit { return .refused(.trailerLength) }
                    if let refusal = line.withUnsafeReadableBytes({ checkTrailer($0) }) { return .refused(refusal) }
                }
            }
        }
    }

    private enum Line {
        case incomplete
        case tooLong
        case malformed
        /// Without its CR LF.
        case line(ByteBuffer)
    }

    private mutating func line(from buffer: inout ByteBuffer, most: Int) -> Line {
        let lineFeed = buffer.withUnsafeReadableBytes { indexOfLineFeed(in: $0, from: scanned) }
        if (lineFeed ?? buffer.readableBytes) > most { return .tooLong }
        guard let lineFeed else {
            scanned = buffer.readableBytes
            return .incomplete
        }
        scanned = 0
        guard lineFeed > 0, var line = buffer.readSlice(length: lineFeed + 1),
            line.getInteger(at: line.readerIndex + lineFeed - 1, as: UInt8.self) == UInt8(ascii: "\r")
        else { return .malformed }
        line.moveWriterIndex(to: line.writerIndex - 2)
        return .line(line)
    }

    /// `size [";" extension]`; no space before or after the size, which readers disagree about.
    private mutating func parseSize(_ line: UnsafeRawBufferPointer) -> Int? {
        var size = 0
        var digits = 0
        while digits < line.count, let value = hexValue(line[digits]) {
            guard digits < 16, size <= Int.max >> 8 else { return nil }
            size = size << 4 | Int(value)
            digits += 1
        }
        guard digits > 0 else { return nil }
        let extensions = UnsafeRawBufferPointer(rebasing: line[digits...])
        guard extensions.isEmpty || (extensions[0] == UInt8(ascii: ";") && extensions.isFieldContent) else {
            return nil
        }
        overheadByteCount += extensions.count
        return size
    }

    private func checkTrailer(_ line: UnsafeRawBufferPointer) -> Refusal? {
        switch checkHeaderLine(line, 0..<line.count) {
        case .colon: nil
        case .refused(let refusal): refusal
        }
    }
}
