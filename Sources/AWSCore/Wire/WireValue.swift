import Foundation

/// An input between Swift's types and a protocol's bytes: what to send, with the members' Swift names.
indirect enum WireValue: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case double(Double)
    case string(String)
    case date(Date)
    case data(Data)
    case list([WireValue])
    /// Members in the order of their declaration; names are subject to the naming rules.
    case structure([(name: String, value: WireValue)])
    /// Keys are data.
    case map([(key: String, value: WireValue)])
}

/// How members' names become the wire's (the rules stand at `AWSOperation`).
struct WireNames: Sendable {
    var rule: AWSService.MemberNames
    var table: [String: String]

    init<Operation: AWSOperation>(_ operation: Operation.Type) {
        rule = operation.service.memberNames
        let (ofService, ofOperation) = (operation.service.wireNames, operation.wireNames)
        table = ofOperation.isEmpty ? ofService : ofService.merging(ofOperation) { $1 }
    }

    /// The name as the tables give it, with the dot that names a list's elements.
    subscript(member: String) -> String {
        if !table.isEmpty, let name = table[member] { return name }
        return switch rule {
        case .pascal: Self.capitalized(member)
        case .camel: member
        }
    }

    /// The name without a list element's.
    func plain(_ member: String) -> String {
        let name = self[member]
        guard let dot = name.utf8.firstIndex(of: UInt8(ascii: ".")) else { return name }
        return String(name[..<dot])
    }

    /// With an ASCII letter at its start upper case: "vpcId" -> "VpcId".
    static func capitalized(_ name: String) -> String { withFirstByte(of: name, in: 0x61...0x7A) }

    /// With the case of the ASCII letter at its start changed: "VpcId" <-> "vpcId".
    static func flippedFirstLetter(_ name: String) -> String {
        capitalized(name) == name ? withFirstByte(of: name, in: 0x41...0x5A) : capitalized(name)
    }

    /// The name with its first byte in the other case when it is one of `range`.
    private static func withFirstByte(of name: String, in range: ClosedRange<UInt8>) -> String {
        guard let first = name.utf8.first, range.contains(first) else { return name }
        let count = name.utf8.count
        return String(unsafeUninitializedCapacity: count) { buffer in
            _ = buffer.initialize(from: name.utf8)
            buffer[0] ^= 0x20
            return count
        }
    }
}

extension Date {
    /// RFC 3339 in UTC, with milliseconds only where there are any.
    var wireText: String {
        let isWhole = timeIntervalSince1970.truncatingRemainder(dividingBy: 1) == 0
        return formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: !isWhole))
    }

    /// The inverse of `wireText`; takes offsets too.
    init?(wireText: String) {
        let styles = [
            Date.ISO8601FormatStyle(includingFractionalSeconds: false),
            Date.ISO8601FormatStyle(includingFractionalSeconds: true),
        ]
        for style in styles {
            if let date = try? Date(wireText, strategy: style) {
                self = date
                return
            }
        }
        return nil
    }
}
