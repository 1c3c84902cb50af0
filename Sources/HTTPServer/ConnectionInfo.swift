internal import NIOCore

/// What requests of one connection share. One reference in place of several in each request.
final class ConnectionInfo: Sendable {
    let eventLoop: any EventLoop
    let remoteAddress: SocketAddress?
    let router: Router
    /// Random.
    let id: UInt64

    init(eventLoop: any EventLoop, remoteAddress: SocketAddress?, router: Router) {
        self.eventLoop = eventLoop
        self.remoteAddress = remoteAddress
        self.router = router
        id = .random(in: 0 ... .max)
    }
}

/// 24 hexadecimal digits: 16 of the connection, 8 of the request within it.
enum RequestID {
    static let byteCount = 24

    static func write(connection: UInt64, serial: UInt32, to bytes: UnsafeMutableBufferPointer<UInt8>) {
        for index in 0..<16 { bytes[index] = digit(UInt8(truncatingIfNeeded: connection >> UInt64(60 - 4 * index))) }
        for index in 0..<8 { bytes[16 + index] = digit(UInt8(truncatingIfNeeded: serial >> UInt32(28 - 4 * index))) }
    }

    @inline(__always)
    private static func digit(_ value: UInt8) -> UInt8 {
        let value = value & 0x0F
        return value < 10 ? UInt8(ascii: "0") &+ value : UInt8(ascii: "a") &- 10 &+ value
    }
}
