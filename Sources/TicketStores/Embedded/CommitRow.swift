internal import GRDB
internal import Ticketing

/// A commit record as a row, its lists encoded before the transaction begins.
struct CommitRow: Sendable {
    private let record: CommitRecord
    private let purchase: String
    private let seats: String
    private let refusal: String?

    init(_ record: CommitRecord) throws(StoreError) {
        self.record = record
        purchase = try StoredJSON.text(record.order)
        seats = try StoredJSON.text(record.seats)
        refusal = if let answer = record.refusal { try StoredJSON.text(answer) } else { nil }
    }

    static let select = """
        SELECT idem, fingerprint, purchase, seats, created_at, trace_header, refusal FROM commit_records
        """

    static func record(_ row: Row) throws -> CommitRecord {
        CommitRecord(
            idem: row[0], fingerprint: row[1], order: try StoredJSON.value(row[2]),
            seats: try StoredJSON.value(row[3]), createdAt: Timestamp(milliseconds: row[4]), traceHeader: row[5],
            refusal: try (row[6] as String?).map { try StoredJSON.value($0) })
    }

    func insert(in database: Database) throws {
        // Nothing of a refusal is to be sent.
        try database.run(
            """
            INSERT INTO commit_records
                (idem, fingerprint, purchase, seats, created_at, trace_header, refusal, is_unsent)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                record.idem, record.fingerprint, purchase, seats, record.createdAt.milliseconds, record.traceHeader,
                refusal, refusal == nil,
            ])
    }
}

extension Database {
    func commit(idem: String) throws -> CommitRecord? {
        try row("\(CommitRow.select) WHERE idem = ?", [idem]).map(CommitRow.record)
    }
}
