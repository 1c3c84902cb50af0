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
        table = operation.service.wireNames.merging(operation.wireNames) { _, ofOperation in ofOperation }
    }

    /// The name as the tables give it, with the dot that names a list's elements.
    subscript(member: String) -> String {
        if let name = table[member] { return name }
        return switch rule {
        case .pascal: member.prefix(1).uppercased() + member.dropFirst()
        case .camel: member
        }
    }

    /// The name without a list element's.
    func plain(_ member: String) -> String {
        String(self[member].prefix { $0 != "." })
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
