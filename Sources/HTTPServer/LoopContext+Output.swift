internal import NIOCore

extension LoopContext {
    /// Past this much, the memory of a burst is given back.
    private static let mostKeptBytes = 256 * 1024

    /// What is gathered, to be written.
    func takeOutput() -> ByteBuffer {
        let taken = output
        if output.capacity > Self.mostKeptBytes {
            output = ByteBufferAllocator().buffer(capacity: 4096)
        } else {
            output.moveReaderIndex(to: output.writerIndex)
        }
        return taken
    }

    /// Appends an answer; gives its bytes.
    func write(_ answer: SynchronousAnswer, to request: HTTPRequest, closes: Bool) -> Int {
        switch answer {
        case .rendered(let rendered):
            return rendered.bytes.withUnsafeReadableBytes { bytes in
                let body = rendered.bytes.readableBytes - rendered.headByteCount
                return write(
                    head: UnsafeRawBufferPointer(rebasing: bytes[..<rendered.headByteCount]),
                    body: UnsafeRawBufferPointer(rebasing: bytes[(bytes.count - body)...]), to: request,
                    closes: closes)
            }
        case .response(let response):
            let rendered = RenderedResponse(response)
            return write(.rendered(rendered), to: request, closes: closes)
        }
    }

    private func write(
        head: UnsafeRawBufferPointer, body: UnsafeRawBufferPointer, to request: HTTPRequest, closes: Bool
    ) -> Int {
        makeRoom()
        let start = output.writerIndex
        output.writeBytes(head)
        output.writeBytes(dateAndRequestIDName)
        if request.head.requestID.isEmpty {
            writeRequestID(connection: request.connection.id, serial: request.serial)
        } else {
            request.withBytes { _ = output.writeBytes($0[request.head.requestID.range]) }
        }
        if closes {
            output.writeStaticString("\r\nConnection: close\r\n\r\n")
        } else if request.head.minorVersion == 0 {
            output.writeStaticString("\r\nConnection: keep-alive\r\n\r\n")
        } else {
            output.writeStaticString("\r\n\r\n")
        }
        if request.head.method != .head { output.writeBytes(body) }
        return output.writerIndex - start
    }

    /// Appends an answer to what was no request; the connection closes after it.
    func write(_ response: HTTPResponse, of connection: ConnectionInfo, serial: UInt32) {
        makeRoom()
        response.writeHead(to: &output)
        output.writeBytes(dateAndRequestIDName)
        writeRequestID(connection: connection.id, serial: serial)
        output.writeStaticString("\r\nConnection: close\r\n\r\n")
        output.writeImmutableBuffer(response.body)
    }

    private func writeRequestID(connection: UInt64, serial: UInt32) {
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: RequestID.byteCount) { bytes in
            RequestID.write(connection: connection, serial: serial, to: bytes.assumingMemoryBound(to: UInt8.self))
            return RequestID.byteCount
        }
    }

    /// Starts over in the same memory once all of it was taken and sent.
    private func makeRoom() {
        if output.readableBytes == 0 { output.clear(minimumCapacity: 4096) }
    }
}
