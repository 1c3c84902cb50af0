import NIOCore
import Testing

@testable import RedisClient

struct CommandEncodingTests {
    @Test(
        "a command is an array of bulk strings, lengths in bytes",
        arguments: [
            (["PING"], "*1\r\n$4\r\nPING\r\n"),
            (["SET", "ключ", ""], "*3\r\n$3\r\nSET\r\n$8\r\nключ\r\n$0\r\n\r\n"),
            (["X", -42, 9_223_372_036_854_775_807], "*3\r\n$1\r\nX\r\n$3\r\n-42\r\n$19\r\n9223372036854775807\r\n"),
            ([.bytes([13, 10])], "*1\r\n$2\r\n\r\n\r\n"),
            (["0123456789"], "*1\r\n$10\r\n0123456789\r\n"),
            (Array(repeating: "a", count: 12), "*12\r\n" + String(repeating: "$1\r\na\r\n", count: 12)),
        ] as [([RedisArgument], String)])
    func golden(arguments: [RedisArgument], bytes: String) {
        var buffer = ByteBuffer()
        buffer.writeCommand(arguments)
        #expect(String(buffer: buffer) == bytes)
    }
}
