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

    /// - Precondition: there is room for 24 bytes.
    static func write(connection: UInt64, serial: UInt32, to bytes: UnsafeMutableRawBufferPointer) {
        bytes.storeBytes(of: digits(UInt32(truncatingIfNeeded: connection >> 32)), as: UInt64.self)
        bytes.storeBytes(of: digits(UInt32(truncatingIfNeeded: connection)), toByteOffset: 8, as: UInt64.self)
        bytes.storeBytes(of: digits(serial), toByteOffset: 16, as: UInt64.self)
    }

    /// Eight lower-case digits, the most significant in the first byte of memory: all eight nibbles at once, a byte each.
    @inline(__always)
    private static func digits(_ value: UInt32) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var nibbles = UInt64(value)
        nibbles = (nibbles | nibbles << 16) & 0x0000_FFFF_0000_FFFF
        nibbles = (nibbles | nibbles << 8) & 0x00FF_00FF_00FF_00FF
        nibbles = (nibbles | nibbles << 4) & (0x0F &* ones)
        let letters = (nibbles &+ 6 &* ones) >> 4 & ones
        let toLetter = UInt64(UInt8(ascii: "a") - UInt8(ascii: "0") - 10)
        return (nibbles &+ UInt64(UInt8(ascii: "0")) &* ones &+ letters &* toLetter).bigEndian
    }
}
