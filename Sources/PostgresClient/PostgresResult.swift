/// What one statement answered.
public struct PostgresResult: Sendable {
    /// Column names in order; empty for a statement without rows.
    public var columns: [String]
    public var rows: [PostgresRow]
    /// The server's command tag ("INSERT 0 3").
    public var commandTag: String
    /// Rows inserted, updated, deleted or selected.
    public var affectedRows: Int
}

/// The values of a result, which its rows share: one buffer of text for all of them.
final class PostgresTable: Sendable {
    let columns: [String]
    let target: String
    let bytes: [UInt8]
    /// Where each value lies in `bytes`, row by row; nil for NULL.
    let values: [Range<Int>?]

    init(columns: [String], target: String, bytes: [UInt8], values: [Range<Int>?]) {
        self.columns = columns
        self.target = target
        self.bytes = bytes
        self.values = values
    }
}

/// One row of a result.
public struct PostgresRow: Sendable {
    let table: PostgresTable
    /// From 0.
    let number: Int

    /// The text of the column at `index`, from 0; nil for NULL and for a column that is not there.
    public subscript(index: Int) -> String? {
        guard table.columns.indices.contains(index) else { return nil }
        return table.values[number * table.columns.count + index].map {
            String(decoding: table.bytes[$0], as: UTF8.self)
        }
    }

    /// The column's text; nil for NULL and for a column that is not there.
    public subscript(column: String) -> String? {
        table.columns.firstIndex(of: column).flatMap { self[$0] }
    }

    /// The value of the column at `index`, from 0.
    ///
    /// - Throws: `PostgresError` of kind `value` for NULL, an absent column or a text of another type.
    public func decode<Value: PostgresDecodable>(
        _ index: Int, as type: Value.Type = Value.self
    ) throws(PostgresError) -> Value {
        guard let text = self[index], let value = Value(postgresText: text) else {
            throw unusable("\(index)", as: type)
        }
        return value
    }

    /// The column's value.
    ///
    /// - Throws: as `decode(_:as:)` by index.
    public func decode<Value: PostgresDecodable>(
        _ column: String, as type: Value.Type = Value.self
    ) throws(PostgresError) -> Value {
        guard let text = self[column], let value = Value(postgresText: text) else {
            throw unusable(column, as: type)
        }
        return value
    }

    private func unusable(_ column: String, as type: Any.Type) -> PostgresError {
        PostgresError(
            kind: .value, message: "column \(column) is absent, NULL or not \(type)", target: table.target)
    }
}
