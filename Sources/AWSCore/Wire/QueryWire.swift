import Foundation

/// AWS Query and EC2 Query bodies (https://smithy.io/2.0/aws/protocols/aws-query-protocol.html,
/// .../aws-ec2-query-protocol.html).
extension WireValue {
    /// Form fields of a structure, percent-encoded, in the order of declaration.
    /// - Throws: `EncodingError` for what Query cannot carry.
    func form(action: String, version: String, isEC2: Bool, _ names: WireNames) throws -> String {
        var form = QueryForm(isEC2: isEC2, names: names)
        form.add("Action", action)
        form.add("Version", version)
        if case .structure(let members) = self {
            for (name, value) in members { try form.add(member: names[name], value) }
        }
        return form.fields.joined(separator: "&")
    }
}

private struct QueryForm {
    let isEC2: Bool
    let names: WireNames
    var fields: [String] = []

    mutating func add(_ name: String, _ value: String) {
        fields.append(name.percentEncoded() + "=" + value.percentEncoded())
    }

    /// `name`: the wire name with its prefix; a dot behind the last component names a list's elements.
    mutating func add(member name: String, prefix: String = "", _ value: WireValue) throws {
        let parts = name.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let plain = prefix + parts[0]
        switch value {
        case .null: break
        case .bool(let value): add(plain, value ? "true" : "false")
        case .integer(let value): add(plain, String(value))
        case .double(let value): add(plain, String(value))
        case .string(let value): add(plain, value)
        case .date(let value): add(plain, value.wireText)
        case .data(let value): add(plain, value.base64EncodedString())
        case .structure(let members):
            for (name, value) in members { try add(member: names[name], prefix: plain + ".", value) }
        case .list(let elements):
            let isFlat = isEC2 || (parts.count == 2 && parts[1].isEmpty)
            let base = isFlat ? plain : plain + "." + (parts.count == 2 ? parts[1] : "member")
            // An empty list says something in Query ("no tags") and cannot be said in EC2 Query.
            if elements.isEmpty, !isEC2 { add(plain, "") }
            for (index, element) in elements.enumerated() {
                try add(member: String(index + 1), prefix: base + ".", element)
            }
        case .map(let entries):
            guard !isEC2 else {
                throw EncodingError.invalidValue(
                    entries.map(\.key),
                    EncodingError.Context(codingPath: [], debugDescription: "EC2 Query has no maps (\(plain))"))
            }
            for (index, entry) in entries.enumerated() {
                add("\(plain).entry.\(index + 1).key", entry.key)
                try add(member: "value", prefix: "\(plain).entry.\(index + 1).", entry.value)
            }
        }
    }
}

extension StringProtocol {
    /// Every byte but RFC 3986's unreserved characters as %XX; `kept` stay too.
    func percentEncoded(keeping kept: String = "") -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                if kept.utf8.contains(byte) {
                    bytes.append(byte)
                } else {
                    bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
                }
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
