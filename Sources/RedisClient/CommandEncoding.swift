import NIOCore

extension ByteBuffer {
    /// Appends a command as an array of bulk strings (https://redis.io/docs/latest/develop/reference/protocol-spec/).
    ///
    /// The same bytes as hiredis' `redisFormatCommandArgv`, without its allocation and second copy.
    mutating func writeCommand(_ arguments: [RedisArgument]) {
        writeLength(UInt8(ascii: "*"), arguments.count)
        for argument in arguments {
            switch argument {
            case .string(let text):
                writeLength(UInt8(ascii: "$"), text.utf8.count)
                writeString(text)
            case .bytes(let bytes):
                writeLength(UInt8(ascii: "$"), bytes.count)
                writeBytes(bytes)
            case .integer(let number):
                let text = String(number)
                writeLength(UInt8(ascii: "$"), text.utf8.count)
                writeString(text)
            }
            writeInteger(Self.lineEnd)
        }
    }

    private static let lineEnd: UInt16 = 0x0D0A

    /// "*3\r\n"
    private mutating func writeLength(_ type: UInt8, _ count: Int) {
        writeInteger(type)
        if count < 10 {
            writeInteger(UInt8(ascii: "0") + UInt8(count))
        } else {
            writeString(String(count))
        }
        writeInteger(Self.lineEnd)
    }
}
