import NIOCore
import NIOPosix

@testable import HTTPServer

/// libFuzzer's loop; the driver's own `main` is not linked, because the package manager names ours.
@_silgen_name("LLVMFuzzerRunDriver")
func runFuzzer(
    _ argumentCount: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ test: @convention(c) (UnsafePointer<UInt8>, Int) -> CInt
) -> CInt

private func checkInput(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    RequestParserFuzz.check(UnsafeBufferPointer(start: bytes, count: count))
    return 0
}

@main
enum RequestParserFuzz {
    static func main() {
        var argumentCount = CommandLine.argc
        var arguments = CommandLine.unsafeArgv
        _ = runFuzzer(&argumentCount, &arguments, checkInput)
    }

    /// Small enough for short inputs to pass them, and those of the server.
    static let someLimits = [RequestParser.Limits(head: 200, body: 40, target: 60), RequestParser.Limits()]

    /// Two bytes say how the rest is cut, and the limits; the rest is what a client sends.
    static func check(_ input: UnsafeBufferPointer<UInt8>) {
        guard input.count > 2 else { return }
        let bytes = Array(input.dropFirst(2))
        let limits = someLimits[Int(input[1] >> 7)]
        let whole = outcome(of: [bytes[...]], limits)
        let cut = (Int(input[0]) << 8 | Int(input[1])) % (bytes.count + 1)
        precondition(outcome(of: [bytes[..<cut], bytes[cut...]], limits) == whole, "cut at \(cut)")
        let size = max(1, Int(input[1] & 0x0F))
        let pieces = stride(from: 0, to: bytes.count, by: size).map { bytes[$0..<min(bytes.count, $0 + size)] }
        precondition(outcome(of: pieces, limits) == whole, "cut in pieces of \(size)")
        for request in whole.requests { check(request, limits) }
    }

    struct Outcome: Equatable {
        var requests: [Request] = []
        var refusal: Refusal?
        var awaited: RequestParser.Awaited?
    }

    struct Request: Equatable {
        var head: RequestHead
        var message: ByteBuffer
    }

    static func outcome(of pieces: [ArraySlice<UInt8>], _ limits: RequestParser.Limits) -> Outcome {
        var parser = RequestParser(limits: limits)
        var buffer = ByteBuffer()
        var outcome = Outcome()
        for piece in pieces {
            buffer.writeBytes(piece)
            feeding: while true {
                let before = buffer.readableBytes
                switch parser.next(from: &buffer) {
                case .request(let head, let message):
                    precondition(buffer.readableBytes < before || head.isChunked, "a request of no bytes")
                    outcome.requests.append(Request(head: head, message: message))
                case .expectsContinue: continue
                case .incomplete(let awaited):
                    precondition(
                        buffer.readableBytes <= max(limits.head, 1024) + limits.body,
                        "more is kept than the limits allow")
                    outcome.awaited = awaited
                    break feeding
                case .refused(let refusal):
                    outcome.refusal = refusal
                    outcome.awaited = nil
                    return outcome
                }
            }
        }
        return outcome
    }

    /// Holds for every accepted request; and written again in the plainest way it is the same request.
    static func check(_ parsed: Request, _ limits: RequestParser.Limits) {
        let (head, message) = (parsed.head, parsed.message)
        precondition(head.byteCount <= limits.head && head.target.range.count <= limits.target, "past the limits")
        precondition(head.bodyByteCount <= limits.body, "past the limit of bodies")
        precondition(message.readableBytes == head.byteCount + head.bodyByteCount, "the message is not head and body")
        let request = HTTPRequest(message: message, head: head, connection: connection, serial: 1)
        if head.minorVersion == 1 {
            guard let host = request.header("host"), !host.isEmpty, !host.contains(",") else {
                preconditionFailure("no Host")
            }
        }
        let framings = [request.header("content-length"), request.header("transfer-encoding")].compactMap { $0 }
        precondition(framings.count <= 1, "two framings")
        precondition(framings.count == 1 || head.bodyByteCount == 0, "a body out of nowhere")
        _ = (request.query("a"), request.requestID, request.isJSON, request.path, connection.router.match(request))

        var again = ByteBuffer(string: "\(request.method.name) \(request.target) HTTP/1.1\r\nHost: a\r\n")
        if !head.isKeptAlive { again.writeString("Connection: close\r\n") }
        again.writeString("Content-Length: \(head.bodyByteCount)\r\n\r\n")
        again.writeImmutableBuffer(request.body)
        var parser = RequestParser(limits: .init(head: 32 * 1024))
        guard case .request(let newHead, let newMessage) = parser.next(from: &again) else {
            preconditionFailure("not a request when written again")
        }
        let copy = HTTPRequest(message: newMessage, head: newHead, connection: connection, serial: 1)
        precondition(
            copy.method == request.method && copy.target == request.target && copy.path == request.path
                && copy.body == request.body && newHead.isKeptAlive == head.isKeptAlive,
            "another request when written again")
        precondition(again.readableBytes == 0, "bytes left over")
    }

    static let connection = ConnectionInfo(
        eventLoop: MultiThreadedEventLoopGroup.singleton.any(), remoteAddress: nil,
        router: Router(
            ["/", "/public/{event}", "/public/summary/{event}/{section}"].map {
                Route(.get, $0, operationID: $0, .asynchronous { _ in HTTPResponse(status: 200) })
            }))
}
