import Foundation

extension WireValue {
    /// The value as JSON text: objects with sorted keys, dates as epoch seconds, data as base64.
    func json(_ names: WireNames) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try Array(encoder.encode(JSONValue(value: self, names: names)))
    }
}

private struct JSONValue: Encodable {
    let value: WireValue
    let names: WireNames

    func encode(to encoder: any Encoder) throws {
        switch value {
        case .list(let elements):
            var container = encoder.unkeyedContainer()
            for element in elements { try container.encode(JSONValue(value: element, names: names)) }
        case .structure(let members):
            var container = encoder.container(keyedBy: JSONKey.self)
            for (name, member) in members {
                try container.encode(
                    JSONValue(value: member, names: names), forKey: JSONKey(stringValue: names.plain(name)))
            }
        case .map(let entries):
            var container = encoder.container(keyedBy: JSONKey.self)
            for (key, entry) in entries {
                try container.encode(JSONValue(value: entry, names: names), forKey: JSONKey(stringValue: key))
            }
        case .null: try encodeScalar(String?.none, encoder)
        case .bool(let value): try encodeScalar(value, encoder)
        case .integer(let value): try encodeScalar(value, encoder)
        case .double(let value): try encodeScalar(value, encoder)
        case .string(let value): try encodeScalar(value, encoder)
        case .data(let value): try encodeScalar(value.base64EncodedString(), encoder)
        case .date(let value):
            let seconds = value.timeIntervalSince1970
            if let whole = Int64(exactly: seconds) {
                try encodeScalar(whole, encoder)
            } else {
                try encodeScalar(seconds, encoder)
            }
        }
    }

    private func encodeScalar(_ value: some Encodable, _ encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}

private struct JSONKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

/// A place in a JSON answer.
struct JSONSource: WireSource {
    private let value: Any

    /// - Throws: when `bytes` are not JSON. No bytes are an empty object.
    init(parsing bytes: [UInt8]) throws {
        value =
            bytes.isEmpty
            ? [String: Any]() : try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
    }

    private init(_ value: Any) { self.value = value }

    var isNull: Bool { value is NSNull }
    var isEmpty: Bool { isNull }
    var asMap: JSONSource { self }

    var memberNames: [String] { (value as? [String: Any]).map { Array($0.keys) } ?? [] }

    func member(_ name: String) -> JSONSource? {
        guard let members = value as? [String: Any] else { return nil }
        let other = WireNames.flippedFirstLetter(name)
        if let value = members[name] ?? members[other] { return JSONSource(value) }
        let lowercased = name.lowercased()
        return members.first { $0.key.lowercased() == lowercased }.map { JSONSource($0.value) }
    }

    func setting(_ name: String, to text: String) -> JSONSource {
        var members = value as? [String: Any] ?? [:]
        members[name] = text
        return JSONSource(members)
    }

    var items: [JSONSource]? { (value as? [Any])?.map(JSONSource.init) }
    var string: String? { value as? String }
    var bool: Bool? { value as? Bool }
    var integer: Int64? { (value as? NSNumber).flatMap { Int64(exactly: $0.doubleValue) == nil ? nil : $0.int64Value } }
    var double: Double? { (value as? NSNumber)?.doubleValue }
    var data: Data? { string.flatMap { Data(base64Encoded: $0) } }
    var date: Date? { double.map(Date.init(timeIntervalSince1970:)) ?? string.flatMap(Date.init(wireText:)) }
}

extension WireNames {
    /// "VpcId" <-> "vpcId".
    static func flippedFirstLetter(_ name: String) -> String {
        let first = name.prefix(1)
        return (first.uppercased() == first ? first.lowercased() : first.uppercased()) + name.dropFirst()
    }
}
