internal import CHiredis
import NIOCore

/// hiredis' parser of RESP2 answers, which builds `RedisValue`s as it reads. Bytes may come in any pieces.
///
/// Owns the `redisReader`; not for more than one thread at a time.
final class ReplyReader {
    private let reader: UnsafeMutablePointer<redisReader>
    private let builder: ReplyBuilder

    /// - Parameter maxReplyBytes: of one answer, as declared or as received.
    init(maxReplyBytes: Int) {
        guard let reader = redisReaderCreateWithFunctions(Self.functions) else {
            preconditionFailure("hiredis: out of memory")
        }
        self.reader = reader
        builder = ReplyBuilder(maxReplyBytes: maxReplyBytes)
        reader.pointee.privdata = Unmanaged.passUnretained(builder).toOpaque()
    }

    deinit {
        redisReaderFree(reader)
    }

    func feed(_ bytes: ByteBufferView) {
        bytes.withContiguousStorageIfAvailable { bytes in
            // Fails only without memory; `next` then says so.
            _ = bytes.withMemoryRebound(to: CChar.self) {
                redisReaderFeed(reader, $0.baseAddress, $0.count)
            }
        }
    }

    /// The next whole answer; nil when more bytes are needed.
    /// - Throws: `ProtocolViolation`, and from then on always.
    func next() throws(ProtocolViolation) -> RedisValue? {
        var object: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &object) == REDIS_OK else {
            throw builder.violation ?? ProtocolViolation(description: failure)
        }
        if object != nil { return builder.take() }
        try checkUnread()
        return nil
    }

    private var failure: String {
        withUnsafeBytes(of: &reader.pointee.errstr) { text in
            // hiredis quotes the offending byte: printable in its own escapes.
            String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    /// Refuses what is too long before it is there: a bulk string by its declared length, the rest by what has come.
    private func checkUnread() throws(ProtocolViolation) {
        let state = reader.pointee
        let unread = state.len - state.pos
        guard unread <= builder.maxReplyBytes else { throw builder.tooLong }
        guard unread > 0, state.ridx >= 0, let buffer = state.buf else { return }
        let type = withUnsafeBytes(of: state.rstack) { tasks in
            tasks.bindMemory(to: redisReadTask.self)[Int(state.ridx)].type
        }
        guard type == REDIS_REPLY_STRING else { return }
        var declared = 0
        for offset in state.pos..<state.len {
            guard let digit = UInt8(exactly: buffer[offset]), (0x30...0x39).contains(digit) else { return }
            declared = declared * 10 + Int(digit - 0x30)
            guard declared <= builder.maxReplyBytes else { throw builder.tooLong }
        }
    }

    private nonisolated(unsafe) static let functions: UnsafeMutablePointer<redisReplyObjectFunctions> = {
        // Made once, never freed and never written again: hiredis keeps the pointer.
        let functions = UnsafeMutablePointer<redisReplyObjectFunctions>.allocate(capacity: 1)
        functions.initialize(
            to: redisReplyObjectFunctions(
                createString: { task, text, length in
                    ReplyBuilder.with(task) { $0.add(text: text, length: length, type: task?.pointee.type ?? 0) }
                },
                createArray: { task, count in ReplyBuilder.with(task) { $0.open(count: Int(count)) } },
                createInteger: { task, value in ReplyBuilder.with(task) { $0.add(.integer(value), size: 8) } },
                createNil: { task in ReplyBuilder.with(task) { $0.add(.null, size: 4) } },
                freeObject: { _ in }))
        return functions
    }()
}

/// The peer's bytes are no answer.
struct ProtocolViolation: Error, Equatable {
    let description: String
}

/// Collects the parts of one answer as hiredis meets them. A part belongs to the innermost array that is not full.
private final class ReplyBuilder {
    private struct OpenArray {
        var elements: [RedisValue] = []
        let count: Int
    }

    let maxReplyBytes: Int
    private(set) var violation: ProtocolViolation?
    private var open: [OpenArray] = []
    private var finished: RedisValue?
    private var size = 0

    init(maxReplyBytes: Int) {
        self.maxReplyBytes = maxReplyBytes
    }

    var tooLong: ProtocolViolation { ProtocolViolation(description: "an answer of more than \(maxReplyBytes) bytes") }

    func take() -> RedisValue? {
        defer {
            finished = nil
            size = 0
        }
        return finished
    }

    /// Runs `body` on the builder of the reader; null (hiredis: stop) when it refuses.
    static func with(
        _ task: UnsafePointer<redisReadTask>?, _ body: (ReplyBuilder) -> Bool
    ) -> UnsafeMutableRawPointer? {
        guard let pointer = task?.pointee.privdata else { return nil }
        return body(Unmanaged<ReplyBuilder>.fromOpaque(pointer).takeUnretainedValue()) ? pointer : nil
    }

    func add(text: UnsafeMutablePointer<CChar>?, length: Int, type: Int32) -> Bool {
        let bytes = UnsafeRawBufferPointer(start: text, count: length)
        switch type {
        case REDIS_REPLY_STATUS: return add(.status(String(decoding: bytes, as: UTF8.self)), size: length)
        case REDIS_REPLY_ERROR: return add(.error(String(decoding: bytes, as: UTF8.self)), size: length)
        default: return add(.string(Array(bytes)), size: length)
        }
    }

    func open(count: Int) -> Bool {
        guard count > 0 else { return add(.array([]), size: 4) }
        // An element takes at least four bytes on the wire.
        guard count <= maxReplyBytes / 4 else { return refuse() }
        var array = OpenArray(count: count)
        array.elements.reserveCapacity(min(count, 1_024))
        open.append(array)
        return true
    }

    func add(_ value: RedisValue, size: Int) -> Bool {
        self.size += size
        guard self.size <= maxReplyBytes else { return refuse() }
        var value = value
        while let last = open.indices.last {
            open[last].elements.append(value)
            guard open[last].elements.count == open[last].count else { return true }
            value = .array(open.removeLast().elements)
        }
        finished = value
        return true
    }

    private func refuse() -> Bool {
        violation = tooLong
        return false
    }
}
