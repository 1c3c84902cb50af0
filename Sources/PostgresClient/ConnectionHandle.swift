internal import CPostgres

/// Owns one `PGconn`, in non-blocking mode. Not Sendable: one thread at a time, and the pointer never leaves this file.
final class ConnectionHandle {
    enum Progress {
        case wantsRead, wantsWrite, established, failed
    }

    private let pointer: OpaquePointer
    private let target: String

    /// Starts a session. Resolves the host's name, which blocks.
    init(keywords: [String: String], target: String) throws(PostgresError) {
        let entries = keywords.sorted { $0.key < $1.key }
        // libpq takes two arrays of C strings, each ended by nil.
        let started = withCStrings(entries.map(\.key) + [nil]) { names in
            withCStrings(entries.map(\.value) + [nil]) { values in PQconnectStartParams(names, values, 0) }
        }
        guard let pointer = started else {
            throw PostgresError(kind: .connect, message: "out of memory", target: target)
        }
        self.pointer = pointer
        self.target = target
        // By default libpq prints notices to stderr.
        PQsetNoticeReceiver(pointer, { _, _ in }, nil)
        guard PQstatus(pointer) != CONNECTION_BAD else { throw error(.connect) }
    }

    deinit { PQfinish(pointer) }

    var socket: Int32 { PQsocket(pointer) }
    var isBusy: Bool { PQisBusy(pointer) == 1 }
    /// The server's process id of this session.
    var backendProcessID: Int { Int(PQbackendPID(pointer)) }

    func cancelRequest() -> CancelRequest? { CancelRequest(pointer) }

    func pollConnect() -> Progress {
        switch PQconnectPoll(pointer) {
        case PGRES_POLLING_READING: .wantsRead
        case PGRES_POLLING_WRITING: .wantsWrite
        case PGRES_POLLING_OK: PQsetnonblocking(pointer, 1) == 0 ? .established : .failed
        default: .failed
        }
    }

    /// Queues one statement with parameters in text format.
    func send(_ sql: String, parameters: [(any PostgresEncodable)?]) throws(PostgresError) {
        guard parameters.count <= 65_535 else {
            throw PostgresError(kind: .value, message: "more than 65535 parameters", target: target)
        }
        try requireNoNUL(sql)
        let texts = parameters.map { $0?.postgresText }
        for case .some(let text) in texts { try requireNoNUL(text) }
        let accepted = withCStrings(texts) { values in
            PQsendQueryParams(pointer, sql, Int32(values.count), nil, values, nil, nil, 0)
        }
        guard accepted == 1 else { throw error(.connectionLost) }
    }

    /// Queues a script of several statements: one implicit transaction unless one is open.
    func send(script: String) throws(PostgresError) {
        try requireNoNUL(script)
        guard PQsendQuery(pointer, script) == 1 else { throw error(.connectionLost) }
    }

    /// True when everything queued has left.
    func flush() throws(PostgresError) -> Bool {
        switch PQflush(pointer) {
        case 0: return true
        case 1: return false
        default: throw error(.connectionLost)
        }
    }

    func consumeInput() throws(PostgresError) {
        guard PQconsumeInput(pointer) == 1 else { throw error(.connectionLost) }
    }

    /// The next result; nil when the statement is complete. Call it only while not `isBusy`.
    func nextResult() -> ResultHandle? {
        PQgetResult(pointer).map { ResultHandle($0, target: target) }
    }

    /// True after the server or the network ended the session.
    var isLost: Bool { PQstatus(pointer) == CONNECTION_BAD }

    /// libpq's present message. It names hosts and users, never a password.
    func error(_ kind: PostgresError.Kind) -> PostgresError {
        PostgresError(kind: kind, message: oneLine(String(cString: PQerrorMessage(pointer))), target: target)
    }

    private func requireNoNUL(_ text: String) throws(PostgresError) {
        guard !text.utf8.contains(0) else {
            throw PostgresError(kind: .value, message: "a text with a NUL character cannot be sent", target: target)
        }
    }
}

/// libpq's message of several lines as one, repeated lines once.
func oneLine(_ message: String) -> String {
    var lines: [Substring] = []
    for line in message.split(whereSeparator: \.isNewline) where !lines.contains(line) { lines.append(line) }
    return lines.joined(separator: "; ")
}
