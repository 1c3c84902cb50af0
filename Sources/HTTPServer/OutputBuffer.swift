internal import NIOCore

/// The answers of one read, in the memory that was used for those before.
struct OutputBuffer {
    private var bytes = ByteBufferAllocator().buffer(capacity: 4096)
    /// "Date: ...", CR LF, "x-request-id: ".
    private var dateAndRequestIDName: [UInt8] = []

    /// Past this much, the memory of a burst is given back.
    private static let mostKeptBytes = 256 * 1024
    private static let mostRequestIDBytes = 128

    var byteCount: Int { bytes.readableBytes }

    mutating func setDate(secondsSince1970: Int) {
        dateAndRequestIDName = Array("Date: \(httpDate(secondsSince1970: secondsSince1970))\r\nx-request-id: ".utf8)
    }

    /// What is gathered, to be written; nil if nothing is.
    mutating func take() -> ByteBuffer? {
        guard bytes.readableBytes > 0 else { return nil }
        let taken = bytes
        if bytes.capacity > Self.mostKeptBytes {
            bytes = ByteBufferAllocator().buffer(capacity: 4096)
        } else {
            bytes.moveReaderIndex(to: bytes.writerIndex)
        }
        return taken
    }

    /// Appends an answer; gives its bytes.
    mutating func append(_ rendered: RenderedResponse, to request: HTTPRequest, closes: Bool) -> Int {
        let end: StaticString =
            if closes {
                "\r\nConnection: close\r\n\r\n"
            } else if request.head.minorVersion == 0 {
                "\r\nConnection: keep-alive\r\n\r\n"
            } else {
                "\r\n\r\n"
            }
        let most = rendered.bytes.readableBytes + dateAndRequestIDName.count + Self.mostRequestIDBytes + 32
        startOver()
        return bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: most) { room in
            var writer = ByteWriter(room)
            rendered.bytes.withUnsafeReadableBytes { bytes in
                writer.write(UnsafeRawBufferPointer(rebasing: bytes[..<rendered.headByteCount]))
                dateAndRequestIDName.withUnsafeBytes { writer.write($0) }
                if request.head.requestID.isEmpty {
                    writer.writeRequestID(connection: request.connection.id, serial: request.serial)
                } else {
                    request.withBytes {
                        writer.write(UnsafeRawBufferPointer(rebasing: $0[request.head.requestID.range]))
                    }
                }
                writer.write(end)
                guard request.head.method != .head else { return }
                writer.write(UnsafeRawBufferPointer(rebasing: bytes[rendered.headByteCount...]))
            }
            return writer.count
        }
    }

    /// Appends an answer to what was no request; the connection closes after it.
    mutating func append(_ response: HTTPResponse, of connection: ConnectionInfo, serial: UInt32) {
        startOver()
        response.writeHead(to: &bytes)
        bytes.writeBytes(dateAndRequestIDName)
        bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: RequestID.byteCount) { room in
            var writer = ByteWriter(room)
            writer.writeRequestID(connection: connection.id, serial: serial)
            return writer.count
        }
        bytes.writeStaticString("\r\nConnection: close\r\n\r\n")
        bytes.writeImmutableBuffer(response.body)
    }

    mutating func appendContinue() {
        startOver()
        bytes.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n")
    }

    /// In the same memory, once all of it was taken and sent.
    private mutating func startOver() {
        if bytes.readableBytes == 0 { bytes.clear(minimumCapacity: 4096) }
    }
}
