internal import NIOCore

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The answers of one read, side by side, in memory that is used again and again. Of one event loop.
///
/// Plain memory rather than a `ByteBuffer`: it is handed to the socket at once nearly always, and then nobody else needs
/// to share it.
final class OutputBuffer {
    private var memory: UnsafeMutableRawBufferPointer
    private(set) var byteCount = 0
    /// "Date: ...", CR LF, "x-request-id: ".
    private var dateAndRequestIDName: [UInt8] = []

    private static let leastBytes = 16 * 1024
    /// Past this much, the memory of a burst is given back.
    private static let mostKeptBytes = 256 * 1024
    /// Date, x-request-id and Connection.
    private static let mostAddedBytes = 256

    init() { memory = .allocate(byteCount: Self.leastBytes, alignment: 16) }

    deinit { memory.deallocate() }

    func setDate(secondsSince1970: Int) {
        dateAndRequestIDName = Array("Date: \(httpDate(secondsSince1970: secondsSince1970))\r\nx-request-id: ".utf8)
    }

    /// What is gathered; valid until the next call.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<byteCount]) }

    func removeAll() {
        byteCount = 0
        if memory.count > Self.mostKeptBytes {
            memory.deallocate()
            memory = .allocate(byteCount: Self.leastBytes, alignment: 16)
        }
    }

    /// Appends an answer; gives its bytes.
    func append(_ answer: SynchronousAnswer, to request: HTTPRequest, closes: Bool) -> Int {
        var writer: ByteWriter
        let isHead = request.head.method == .head
        switch answer {
        case .rendered(let rendered):
            writer = room(for: rendered.bytes.count)
            rendered.bytes.withUnsafeBytes { bytes in
                writer.write(UnsafeRawBufferPointer(rebasing: bytes[..<rendered.headByteCount]))
                endHead(of: request, closes: closes, &writer)
                if !isHead { writer.write(UnsafeRawBufferPointer(rebasing: bytes[rendered.headByteCount...])) }
            }
        case .response(let response):
            writer = room(for: response.mostHeadBytes + response.body.readableBytes)
            response.writeHead(to: &writer)
            endHead(of: request, closes: closes, &writer)
            if response.hasBody, !isHead { response.body.withUnsafeReadableBytes { writer.write($0) } }
        }
        byteCount &+= writer.count
        return writer.count
    }

    /// Appends an answer to what was no request; the connection closes after it.
    func append(_ response: HTTPResponse, of connection: ConnectionInfo, serial: UInt32) {
        var writer = room(for: response.mostHeadBytes + response.body.readableBytes)
        response.writeHead(to: &writer)
        dateAndRequestIDName.withUnsafeBytes { writer.write($0) }
        writer.writeRequestID(connection: connection.id, serial: serial)
        writer.write("\r\nConnection: close\r\n\r\n")
        response.body.withUnsafeReadableBytes { writer.write($0) }
        byteCount &+= writer.count
    }

    func appendContinue() {
        var writer = room(for: 32)
        writer.write("HTTP/1.1 100 Continue\r\n\r\n")
        byteCount &+= writer.count
    }

    private func endHead(of request: HTTPRequest, closes: Bool, _ writer: inout ByteWriter) {
        dateAndRequestIDName.withUnsafeBytes { writer.write($0) }
        if request.head.requestID.isEmpty {
            writer.writeRequestID(connection: request.connection.id, serial: request.serial)
        } else {
            request.withBytes { writer.write(UnsafeRawBufferPointer(rebasing: $0[request.head.requestID.range])) }
        }
        if closes {
            writer.write("\r\nConnection: close\r\n\r\n")
        } else if request.head.minorVersion == 0 {
            writer.write("\r\nConnection: keep-alive\r\n\r\n")
        } else {
            writer.write("\r\n\r\n")
        }
    }

    private func room(for count: Int) -> ByteWriter {
        let needed = byteCount + count + Self.mostAddedBytes
        if needed > memory.count {
            let larger = UnsafeMutableRawBufferPointer.allocate(
                byteCount: max(needed, 2 * memory.count), alignment: 16)
            larger.copyMemory(from: bytes)
            memory.deallocate()
            memory = larger
        }
        return ByteWriter(UnsafeMutableRawBufferPointer(rebasing: memory[byteCount...]))
    }
}
