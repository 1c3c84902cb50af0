internal import GRDB
public import PostgresClient
internal import Ticketing

/// Reads tables of a ledger as they stood at one instant, row by row, however large they are.
public struct LedgerExport: Sendable {
    private enum Source: Sendable {
        case postgres(PostgresConnection)
        case embedded(EmbeddedDatabase)
    }

    private let source: Source
    /// Rows that are fetched, and held in memory, at a time.
    private static let page = 2_000

    /// The connection serves nothing else meanwhile.
    public init(_ connection: PostgresConnection) { source = .postgres(connection) }

    public init(_ database: EmbeddedDatabase) { source = .embedded(database) }

    /// Calls `body` with each row of the tables, in their order, by their primary keys. What it throws ends the reading
    /// and is thrown.
    ///
    /// - Parameter eventID: nil: of all events.
    /// - Throws: `TicketStoreError` `schemaMissing`; `PostgresError`; `StoreError`.
    public func read(
        _ tables: [LedgerTable], eventID: String? = nil, _ body: @escaping @Sendable (LedgerRow) throws -> Void
    ) async throws {
        switch source {
        case .postgres(let connection): try await read(tables, eventID, on: connection, body)
        case .embedded(let database): try await read(tables, eventID, of: database, body)
        }
    }

    private func read(
        _ tables: [LedgerTable], _ eventID: String?, on connection: PostgresConnection,
        _ body: @escaping @Sendable (LedgerRow) throws -> Void
    ) async throws {
        do {
            try await connection.transaction { connection in
                try await connection.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                for table in tables {
                    let query = table.query(.postgres, ofEvent: eventID != nil)
                    try await connection.query(
                        "DECLARE export NO SCROLL CURSOR FOR \(query)", eventID.map { [$0] } ?? [])
                    while true {
                        let rows = try await connection.query("FETCH \(Self.page) FROM export").rows
                        for row in rows { try body(LedgerRow(table) { row[$0] }) }
                        if rows.count < Self.page { break }
                    }
                    try await connection.query("CLOSE export")
                }
            }
        } catch let error as PostgresError where error.sqlState == "42P01" {
            throw TicketStoreError(
                .schemaMissing, "the database has no ledger", remedy: "run `tickctl db migrate` first",
                underlying: error)
        }
    }

    private func read(
        _ tables: [LedgerTable], _ eventID: String?, of database: EmbeddedDatabase,
        _ body: @escaping @Sendable (LedgerRow) throws -> Void
    ) async throws {
        // A failure of the body's own leaves the reading as a value: the database would take it for its own.
        let failure = try await database.read(SQLiteLedger.store) { db -> (any Error)? in
            for table in tables {
                let rows = try Row.fetchCursor(
                    db, sql: table.query(.sqlite, ofEvent: eventID != nil),
                    arguments: eventID.map { [$0] } ?? StatementArguments())
                while let row = try rows.next() {
                    let exported = try LedgerRow(table) { String.fromDatabaseValue(row[$0]) ?? Self.number(row[$0]) }
                    do { try body(exported) } catch { return error }
                }
            }
            return nil
        }
        if let failure { throw failure }
    }

    private static func number(_ value: DatabaseValue) -> String? { Int64.fromDatabaseValue(value).map { String($0) } }
}
