import Foundation
import Synchronization

/// A TCP server on 127.0.0.1 whose handler speaks for it byte by byte; one thread a connection.
public final class LoopbackServer: Sendable {
    public let port: UInt16
    private let listener: Int32
    private let accepted = Mutex(0)

    /// - Throws: `POSIXError` when no port is free.
    public init(_ handle: @escaping @Sendable (LoopbackConnection) -> Void) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in.loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard isBound else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EINVAL) }
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { return }
                let number = accepted.withLock { count in
                    count += 1
                    return count
                }
                Thread.detachNewThread {
                    let connection = LoopbackConnection(descriptor: descriptor, number: number)
                    handle(connection)
                    close(descriptor)
                }
            }
        }
    }

    public var url: String { "http://127.0.0.1:\(port)" }

    /// Connections taken so far.
    public var connections: Int { accepted.withLock { $0 } }

    /// Refuses connections from now on.
    public func stop() { shutdown(listener, Int32(SHUT_RDWR)) }
}

/// One connection of a `LoopbackServer`; used on its own thread, closed when the handler returns.
public final class LoopbackConnection {
    private let descriptor: Int32
    /// From 1.
    public let number: Int
    private var buffer: [UInt8] = []

    fileprivate init(descriptor: Int32, number: Int) {
        self.descriptor = descriptor
        self.number = number
    }

    /// The next request: its head without the last empty line, and the body that Content-Length names. `nil`: the peer
    /// closed.
    public func readRequest() -> (head: String, body: [UInt8])? {
        let end = Array("\r\n\r\n".utf8)
        var headLength: Int?
        while headLength == nil {
            headLength = buffer.indices.dropLast(3).first { Array(buffer[$0..<$0 + 4]) == end }
            if headLength == nil, !fill() { return nil }
        }
        guard let headLength else { return nil }
        let head = String(decoding: buffer[..<headLength], as: UTF8.self)
        buffer.removeFirst(headLength + 4)
        let lengthLine = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
        let length = lengthLine.flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
        while buffer.count < length { if !fill() { return nil } }
        let body = Array(buffer[..<length])
        buffer.removeFirst(length)
        return (head, body)
    }

    public func write(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    public func write(_ text: String) { write(Array(text.utf8)) }

    /// A whole answer with Content-Length.
    public func answer(_ status: Int = 200, _ body: [UInt8] = [], headers: String = "") {
        write("HTTP/1.1 \(status) Status\r\nContent-Length: \(body.count)\r\n\(headers)\r\n")
        write(body)
    }

    /// Ends the connection with a reset instead of a close.
    public func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
    }

    private func fill() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count > 0 else { return false }
        buffer.append(contentsOf: chunk[..<count])
        return true
    }
}
