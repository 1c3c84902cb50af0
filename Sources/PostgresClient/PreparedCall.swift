/// One statement with its parameters, encoded and checked, so that sending it cannot fail half-way through a batch.
struct PreparedCall: Sendable {
    let statement: PostgresStatement
    /// The parameters' texts, each ended by NUL.
    private let bytes: [UInt8]
    /// Where each parameter begins; nil stands for NULL.
    private let offsets: [Int?]

    /// - Throws: `PostgresError` of kind `value`: nothing was sent.
    init(_ statement: PostgresStatement, _ parameters: [(any PostgresEncodable)?] = []) throws(PostgresError) {
        guard parameters.count <= 65_535 else { throw Self.unsendable(statement, "more than 65535 parameters") }
        guard !statement.name.isEmpty, !statement.name.utf8.contains(0), !statement.sql.utf8.contains(0) else {
            throw Self.unsendable(statement, "its name is empty, or a NUL character is in its text")
        }
        var bytes: [UInt8] = []
        var offsets: [Int?] = []
        offsets.reserveCapacity(parameters.count)
        for parameter in parameters {
            guard let parameter else {
                offsets.append(nil)
                continue
            }
            let start = bytes.count
            parameter.appendPostgresText(to: &bytes)
            guard !bytes[start...].contains(0) else {
                throw Self.unsendable(statement, "a text with a NUL character cannot be sent")
            }
            bytes.append(0)
            offsets.append(start)
        }
        self.statement = statement
        self.bytes = bytes
        self.offsets = offsets
    }

    /// Of the statement and its parameters, about.
    var byteCount: Int { bytes.count + 64 }

    /// Calls `body` with C strings, nil for NULL, that hold during the call only.
    func withParameters<Result>(_ body: ([UnsafePointer<CChar>?]) -> Result) -> Result {
        bytes.withUnsafeBytes { buffer in
            let start = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            return body(offsets.map { offset in offset.flatMap { start?.advanced(by: $0) } })
        }
    }

    private static func unsendable(_ statement: PostgresStatement, _ why: String) -> PostgresError {
        PostgresError(kind: .value, message: "statement \(statement.name): \(why)", target: "(nothing sent)")
    }
}
