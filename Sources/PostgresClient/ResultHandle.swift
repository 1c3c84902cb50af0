internal import CPostgres

/// Owns one `PGresult`. Not Sendable; the pointer never leaves this file.
final class ResultHandle {
    private let pointer: OpaquePointer
    private let target: String

    /// Takes the result over.
    init(_ pointer: OpaquePointer, target: String) {
        self.pointer = pointer
        self.target = target
    }

    deinit { PQclear(pointer) }

    /// The answer to a pipeline's synchronisation point, not to a statement.
    var isPipelineSync: Bool { PQresultStatus(pointer) == PGRES_PIPELINE_SYNC }

    /// The rows, copied out.
    ///
    /// - Throws: what the server refused, or `value` for a COPY, which this client does not speak.
    func read() throws(PostgresError) -> PostgresResult {
        switch PQresultStatus(pointer) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
            break
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
            throw PostgresError(kind: .value, message: "COPY is not supported", target: target)
        case PGRES_PIPELINE_ABORTED:
            throw PostgresError(
                kind: .skipped, message: "skipped: an earlier statement of the transaction failed", target: target)
        default:
            throw serverError
        }
        let columns = (0..<PQnfields(pointer)).map { String(cString: PQfname(pointer, $0)) }
        return PostgresResult(
            columns: columns, rows: rows(columns), commandTag: String(cString: PQcmdStatus(pointer)),
            affectedRows: Int(String(cString: PQcmdTuples(pointer))) ?? 0)
    }

    private func rows(_ columns: [String]) -> [PostgresRow] {
        let count = PQntuples(pointer)
        guard count > 0 else { return [] }
        var bytes: [UInt8] = []
        var values: [Range<Int>?] = []
        values.reserveCapacity(Int(count) * columns.count)
        for row in 0..<count {
            for column in 0..<Int32(columns.count) {
                guard PQgetisnull(pointer, row, column) == 0, let start = PQgetvalue(pointer, row, column) else {
                    values.append(nil)
                    continue
                }
                let text = UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(pointer, row, column)))
                values.append(bytes.count..<bytes.count + text.count)
                bytes.append(contentsOf: text)
            }
        }
        let table = PostgresTable(columns: columns, target: target, bytes: bytes, values: values)
        return (0..<Int(count)).map { PostgresRow(table: table, number: $0) }
    }

    private var serverError: PostgresError {
        let sqlState = field(Int32(UInt8(ascii: "C")))
        let words = field(Int32(UInt8(ascii: "M"))) ?? oneLine(String(cString: PQresultErrorMessage(pointer)))
        var error = PostgresError(
            kind: sqlState == nil ? .connectionLost : .server,
            message: oneLine(words), sqlState: sqlState, constraint: field(Int32(UInt8(ascii: "n"))),
            hint: field(Int32(UInt8(ascii: "H"))), detail: field(Int32(UInt8(ascii: "D"))), target: target)
        error.endsSession = endsSession || sqlState == nil
        // A session may be ended between its commit and the word of it.
        error.isOutcomeUnknown = error.endsSession
        return error
    }

    /// True for FATAL and PANIC, after which the server closes the session.
    var endsSession: Bool {
        // The severity that no locale translates.
        let severity = field(Int32(UInt8(ascii: "V")))
        return severity == "FATAL" || severity == "PANIC"
    }

    /// A field of the error by its code (https://www.postgresql.org/docs/current/protocol-error-fields.html).
    private func field(_ code: Int32) -> String? {
        PQresultErrorField(pointer, code).map { String(cString: $0) }
    }
}
