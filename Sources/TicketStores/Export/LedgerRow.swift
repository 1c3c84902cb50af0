internal import Foundation
internal import Ticketing

/// A value of an exported row.
public enum LedgerValue: Sendable, Equatable {
    case null
    case text(String)
    case integer(Int64)
    /// RFC 3339, UTC.
    case instant(String)
    case texts([String])
    case integers([Int64])

    /// - Parameter text: as the query's expression gives it; nil for NULL.
    init(_ text: String?, _ kind: LedgerColumn.Kind) throws(StoreError) {
        guard let text else {
            self = .null
            return
        }
        switch kind {
        case .text: self = .text(text)
        case .integer, .seatCount: self = .integer(try Self.number(text))
        case .instant, .seconds: self = .instant(Timestamp(milliseconds: try Self.number(text)).iso8601)
        case .texts: self = .texts(try StoredJSON.value(text))
        case .integers: self = .integers(try StoredJSON.value(text))
        }
    }

    private static func number(_ text: String) throws(StoreError) -> Int64 {
        guard let number = Int64(text) else {
            throw StoreError(.invalid, store: "ledger", "a column that is not a number cannot be exported")
        }
        return number
    }
}

extension LedgerValue: Encodable {
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .text(let text), .instant(let text): try container.encode(text)
        case .integer(let number): try container.encode(number)
        case .texts(let texts): try container.encode(texts)
        case .integers(let numbers): try container.encode(numbers)
        }
    }
}

/// A row of an exported table, its values in the order of the table's columns.
public struct LedgerRow: Sendable, Equatable {
    public var table: LedgerTable
    public var values: [LedgerValue]

    init(_ table: LedgerTable, _ texts: (Int) -> String?) throws(StoreError) {
        self.table = table
        var values: [LedgerValue] = []
        for (index, column) in table.columns.enumerated() { values.append(try LedgerValue(texts(index), column.kind)) }
        self.values = values
    }

    /// The value of a column of the table; null if it has none of this name.
    public subscript(column: String) -> LedgerValue {
        table.columns.firstIndex { $0.name == column }.map { values[$0] } ?? .null
    }

    /// One line of JSON with sorted keys, without its end.
    /// - Parameter naming: whether the table's name is told, as "table".
    public func json(naming isNamed: Bool) throws -> String {
        var fields = Dictionary(uniqueKeysWithValues: zip(table.columns.map(\.name), values))
        if isNamed { fields["table"] = .text(table.rawValue) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(fields), as: UTF8.self)
    }

    /// A record of RFC 4180 without its end; lists are JSON, NULL is an empty field.
    public func csv() throws -> String {
        try values.map { value in
            switch value {
            case .null: ""
            case .integer(let number): String(number)
            case .text(let text), .instant(let text): Self.quoted(text)
            case .texts(let texts): Self.quoted(try StoredJSON.text(texts))
            case .integers(let numbers): Self.quoted(try StoredJSON.text(numbers))
            }
        }.joined(separator: ",")
    }

    /// Quoted where it has to be; an empty text is, so that it is no NULL.
    private static func quoted(_ text: String) -> String {
        let isPlain = !text.isEmpty && !text.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
        return isPlain ? text : "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}

extension LedgerTable {
    /// The names of the columns, as the first record of a CSV file.
    public var csvHeader: String { columns.map(\.name).joined(separator: ",") }
}
