import Foundation

extension WireValue {
    /// The value as JSON text: objects with sorted keys, dates as epoch seconds, data as base64.
    /// - Throws: `EncodingError` for a number that JSON does not have.
    func json(_ names: WireNames) throws -> [UInt8] {
        var text = JSONText()
        text.bytes.reserveCapacity(1024)
        try text.write(self, names)
        return text.bytes
    }
}

/// JSON under construction (RFC 8259). `JSONEncoder` over such a tree took a quarter of a data-plane call's CPU time.
private struct JSONText {
    var bytes: [UInt8] = []

    mutating func write(_ value: WireValue, _ names: WireNames) throws {
        switch value {
        case .null: append("null")
        case .bool(let value): append(value ? "true" : "false")
        case .integer(let value): append(String(value))
        case .double(let value): try write(value)
        case .string(let value): write(value)
        case .data(let value): write(value.base64EncodedString())
        case .date(let value): try write(value.timeIntervalSince1970)
        case .list(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                try write(element, names)
            }
            bytes.append(UInt8(ascii: "]"))
        case .structure(let members):
            try write(members.map { (key: names.plain($0.name), value: $0.value) }.sorted { $0.key < $1.key }, names)
        case .map(let entries): try write(entries, names)
        }
    }

    private mutating func write(_ members: [(key: String, value: WireValue)], _ names: WireNames) throws {
        bytes.append(UInt8(ascii: "{"))
        for (index, member) in members.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            write(member.key)
            bytes.append(UInt8(ascii: ":"))
            try write(member.value, names)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func write(_ number: Double) throws {
        if let whole = Int64(exactly: number) {
            append(String(whole))
        } else if number.isFinite {
            append(String(number))
        } else {
            throw EncodingError.invalidValue(
                number, EncodingError.Context(codingPath: [], debugDescription: "JSON has no \(number)"))
        }
    }

    private mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x0A: append("\\n")
            case 0x0D: append("\\r")
            case 0x09: append("\\t")
            case 0..<0x20:
                append("\\u00")
                append(byte < 0x10 ? "0" : "1")
                append(String(byte & 15, radix: 16))
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }
}

/// A place in a JSON answer.
enum JSONSource: WireSource {
    case null
    case text(String)
    /// A number or a boolean.
    case number(NSNumber)
    case list([Any])
    case object([String: Any])

    /// - Throws: when `bytes` are not JSON. No bytes are an empty object.
    init(parsing bytes: [UInt8]) throws {
        guard !bytes.isEmpty else {
            self = .object([:])
            return
        }
        self.init(try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed))
    }

    /// Types are compared and not cast where they can be: a cast that fails first tries to bridge the value.
    private init(_ value: Any) {
        let type = type(of: value)
        if type == String.self, let text = value as? String {
            self = .text(text)
        } else if type == [String: Any].self, let members = value as? [String: Any] {
            self = .object(members)
        } else if type == [Any].self, let elements = value as? [Any] {
            self = .list(elements)
        } else if let number = value as? NSNumber {
            self = .number(number)
        } else {
            self = .null
        }
    }

    var isNull: Bool { if case .null = self { true } else { false } }
    var isEmpty: Bool { isNull }
    static var hasMaps: Bool { false }
    var asMap: JSONSource { self }

    var memberNames: [String] { if case .object(let members) = self { Array(members.keys) } else { [] } }

    func member(_ name: String) -> JSONSource? {
        guard case .object(let members) = self else { return nil }
        if let value = members[name] ?? members[WireNames.flippedFirstLetter(name)] { return JSONSource(value) }
        let lowercased = name.lowercased()
        return members.first { $0.key.lowercased() == lowercased }.map { JSONSource($0.value) }
    }

    func setting(_ name: String, to text: String) -> JSONSource {
        var members: [String: Any] = if case .object(let members) = self { members } else { [:] }
        members[name] = text
        return .object(members)
    }

    var items: [JSONSource]? { if case .list(let elements) = self { elements.map(JSONSource.init) } else { nil } }
    var string: String? { if case .text(let text) = self { text } else { nil } }
    var bool: Bool? { number.flatMap { $0 as? Bool } }
    var integer: Int64? { number.flatMap { Int64(exactly: $0.doubleValue) == nil ? nil : $0.int64Value } }
    var double: Double? { number?.doubleValue }
    var data: Data? { string.flatMap { Data(base64Encoded: $0) } }
    var date: Date? { double.map(Date.init(timeIntervalSince1970:)) ?? string.flatMap(Date.init(wireText:)) }

    private var number: NSNumber? { if case .number(let number) = self { number } else { nil } }
}
