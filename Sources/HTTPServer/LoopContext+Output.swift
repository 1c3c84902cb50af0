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
        let body = request.head.method == .head ? UnsafeRawBufferPointer(rebasing: body.prefix(0)) : body
        let end: StaticString =
            if closes {
                "\r\nConnection: close\r\n\r\n"
            } else if request.head.minorVersion == 0 {
                "\r\nConnection: keep-alive\r\n\r\n"
            } else {
                "\r\n\r\n"
            }
        let most = head.count + dateAndRequestIDName.count + 128 + end.utf8CodeUnitCount + body.count
        makeRoom()
        return output.writeWithUnsafeMutableBytes(minimumWritableBytes: most) { room in
            var count = 0
            func append(_ bytes: UnsafeRawBufferPointer) {
                UnsafeMutableRawBufferPointer(rebasing: room[count...]).copyMemory(from: bytes)
                count &+= bytes.count
            }
            append(head)
            dateAndRequestIDName.withUnsafeBytes { append($0) }
            if request.head.requestID.isEmpty {
                RequestID.write(
                    connection: request.connection.id, serial: request.serial,
                    to: UnsafeMutableRawBufferPointer(rebasing: room[count...]).assumingMemoryBound(to: UInt8.self))
                count &+= RequestID.byteCount
            } else {
                request.withBytes { append(UnsafeRawBufferPointer(rebasing: $0[request.head.requestID.range])) }
            }
            end.withUTF8Buffer { append(UnsafeRawBufferPointer($0)) }
            append(body)
            return count
        }
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
