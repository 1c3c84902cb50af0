/// A value that can be a statement's parameter, in PostgreSQL's text format.
public protocol PostgresEncodable: Sendable {
    var postgresText: String { get }
    /// Appends `postgresText` in UTF-8; for types that can do it without making a String.
    func appendPostgresText(to bytes: inout [UInt8])
}

extension PostgresEncodable {
    public func appendPostgresText(to bytes: inout [UInt8]) { bytes.append(contentsOf: postgresText.utf8) }
}

/// A value that can be read from a result's column, in PostgreSQL's text format.
public protocol PostgresDecodable {
    /// Nil when the text is not of this type.
    init?(postgresText: String)
}

extension String: PostgresEncodable, PostgresDecodable {
    public var postgresText: String { self }
    public init?(postgresText: String) { self = postgresText }
}

extension Int: PostgresEncodable, PostgresDecodable {
    public var postgresText: String { String(self) }
    public init?(postgresText: String) { self.init(postgresText) }
}

extension Int64: PostgresEncodable, PostgresDecodable {
    public var postgresText: String { String(self) }
    public init?(postgresText: String) { self.init(postgresText) }
}

extension Double: PostgresEncodable, PostgresDecodable {
    public var postgresText: String { String(self) }
    public init?(postgresText: String) { self.init(postgresText) }
}

extension Bool: PostgresEncodable, PostgresDecodable {
    public var postgresText: String { self ? "t" : "f" }
    public init?(postgresText: String) {
        switch postgresText {
        case "t": self = true
        case "f": self = false
        default: return nil
        }
    }
}

extension Array: PostgresEncodable where Element: PostgresEncodable {
    /// An array literal with every element quoted
    /// (https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO), for `unnest($1::text[])`.
    public var postgresText: String {
        var bytes: [UInt8] = []
        appendPostgresText(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    public func appendPostgresText(to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "{"))
        var separator: UInt8?
        for element in self {
            if let separator { bytes.append(separator) }
            separator = UInt8(ascii: ",")
            bytes.append(UInt8(ascii: "\""))
            let start = bytes.count
            element.appendPostgresText(to: &bytes)
            escape(&bytes, from: start)
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private func escape(_ bytes: inout [UInt8], from start: Int) {
        func isEscaped(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") }
        guard bytes[start...].contains(where: isEscaped) else { return }
        let plain = [UInt8](bytes[start...])
        bytes.removeLast(plain.count)
        for byte in plain {
            if isEscaped(byte) { bytes.append(UInt8(ascii: "\\")) }
            bytes.append(byte)
        }
    }
}
