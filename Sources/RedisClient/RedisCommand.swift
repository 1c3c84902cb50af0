/// One word of a command. Written as a literal, it is a string or an integer.
public enum RedisArgument: Sendable, Equatable {
    case string(String)
    case bytes([UInt8])
    /// Sent in decimal.
    case integer(Int64)
}

extension RedisArgument: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral {
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
}

/// A command with the keys that decide which node of a cluster gets it.
public struct RedisCommand: Sendable, Equatable {
    /// Not empty: the command's name and its arguments, keys included.
    public var arguments: [RedisArgument]
    /// Every key that the command touches; empty: any node will do. In a cluster all keys must have the same slot.
    public var keys: [String]

    public init(_ arguments: [RedisArgument], keys: [String] = []) {
        self.arguments = arguments
        self.keys = keys
    }
}
