internal import CPostgres

/// Owns one `PGresult`. Not Sendable; the pointer never leaves this file.
final class ResultHandle {
    private let pointer: OpaquePointer
    private let target: String

    init(_ pointer: OpaquePointer, target: String) {
        self.pointer = pointer
        self.target = target
    }

    deinit { PQclear(pointer) }

    /// The rows, copied out.
    ///
    /// - Throws: what the server refused, or `value` for a COPY, which this client does not speak.
    func read() throws(PostgresError) -> PostgresResult {
        switch PQresultStatus(pointer) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
            break
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
            throw PostgresError(kind: .value, message: "COPY is not supported", target: target)
        default:
            throw serverError
        }
        let columns = (0..<PQnfields(pointer)).map { String(cString: PQfname(pointer, $0)) }
        let rows = (0..<PQntuples(pointer)).map { row in
            PostgresRow(
                columns: columns,
                values: columns.indices.map { value(row: row, column: Int32($0)) },
                target: target)
        }
        let affected = String(cString: PQcmdTuples(pointer))
        return PostgresResult(
            columns: columns, rows: rows, commandTag: String(cString: PQcmdStatus(pointer)),
            affectedRows: Int(affected) ?? 0)
    }

    private func value(row: Int32, column: Int32) -> String? {
        if PQgetisnull(pointer, row, column) == 1 { return nil }
        let length = Int(PQgetlength(pointer, row, column))
        guard let start = PQgetvalue(pointer, row, column) else { return nil }
        return start.withMemoryRebound(to: UInt8.self, capacity: length) {
            String(decoding: UnsafeBufferPointer(start: $0, count: length), as: UTF8.self)
        }
    }

    private var serverError: PostgresError {
        let sqlState = field(Int32(UInt8(ascii: "C")))
        let words = field(Int32(UInt8(ascii: "M"))) ?? oneLine(String(cString: PQresultErrorMessage(pointer)))
        return PostgresError(
            kind: sqlState == nil ? .connectionLost : .server,
            message: oneLine(words), sqlState: sqlState, constraint: field(Int32(UInt8(ascii: "n"))),
            hint: field(Int32(UInt8(ascii: "H"))), detail: field(Int32(UInt8(ascii: "D"))), target: target)
    }

    /// A field of the error by its code (https://www.postgresql.org/docs/current/protocol-error-fields.html).
    private func field(_ code: Int32) -> String? {
        PQresultErrorField(pointer, code).map { String(cString: $0) }
    }
}
