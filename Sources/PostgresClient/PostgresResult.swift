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

/// One row of a result.
public struct PostgresRow: Sendable {
    let columns: [String]
    let values: [String?]
    let target: String

    /// The column's text; nil for NULL and for a column that is not there.
    public subscript(column: String) -> String? {
        guard let index = columns.firstIndex(of: column) else { return nil }
        return values[index]
    }

    /// The column's value.
    ///
    /// - Throws: `PostgresError` of kind `value` for NULL, an absent column or a text of another type.
    public func decode<Value: PostgresDecodable>(
        _ column: String, as type: Value.Type = Value.self
    ) throws(PostgresError) -> Value {
        guard let text = self[column], let value = Value(postgresText: text) else {
            throw PostgresError(
                kind: .value, message: "column \(column) is absent, NULL or not \(Value.self)", target: target)
        }
        return value
    }
}
