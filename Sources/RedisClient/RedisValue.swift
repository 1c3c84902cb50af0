/// An answer of RESP2 (https://redis.io/docs/latest/develop/reference/protocol-spec/).
public enum RedisValue: Sendable, Equatable {
    /// A null bulk string or a null array.
    case null
    case integer(Int64)
    /// A bulk string: any bytes.
    case string([UInt8])
    /// A simple string: "OK", "PONG", "QUEUED".
    case status(String)
    /// An error inside an array; an error that is the whole answer is thrown.
    case error(String)
    case array([RedisValue])
}

extension RedisValue {
    public var isNull: Bool { self == .null }

    /// Of an integer, or of a bulk string that is one.
    public var integerValue: Int64? {
        switch self {
        case .integer(let value): value
        case .string(let bytes): Int64(String(decoding: bytes, as: UTF8.self))
        default: nil
        }
    }

    /// Of a bulk string.
    public var bytesValue: [UInt8]? {
        guard case .string(let bytes) = self else { return nil }
        return bytes
    }

    /// Of a bulk string that is UTF-8, or of a status.
    public var stringValue: String? {
        switch self {
        case .string(let bytes): String(validating: bytes, as: UTF8.self)
        case .status(let text): text
        default: nil
        }
    }

    public var arrayValue: [RedisValue]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }
}
