internal import CPostgres
internal import Glibc

/// Owns one `PGconn`, in non-blocking mode. Not Sendable: one thread at a time, and the pointer never leaves this file.
final class ConnectionHandle {
    enum Progress {
        case wantsRead, wantsWrite, established, failed
    }

    /// What the server said unasked.
    private final class Notices {
        var endOfSession = false
    }

    private let pointer: OpaquePointer
    private let target: String
    private let notices = Notices()

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
        // By default libpq prints notices to stderr. The server's farewell to an idle session arrives as one.
        PQsetNoticeReceiver(
            pointer,
            { notices, result in
                guard let notices, let severity = PQresultErrorField(result, Int32(UInt8(ascii: "V"))) else { return }
                if ["FATAL", "PANIC"].contains(String(cString: severity)) {
                    Unmanaged<Notices>.fromOpaque(notices).takeUnretainedValue().endOfSession = true
                }
            }, Unmanaged.passUnretained(notices).toOpaque())
        guard PQstatus(pointer) != CONNECTION_BAD else { throw error(.connect) }
        // Only the verbose message of a refused sign-in has its SQLSTATE.
        PQsetErrorVerbosity(pointer, PQERRORS_VERBOSE)
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
        case PGRES_POLLING_OK: established()
        default: .failed
        }
    }

    private func established() -> Progress {
        PQsetErrorVerbosity(pointer, PQERRORS_DEFAULT)
        return PQsetnonblocking(pointer, 1) == 0 ? .established : .failed
    }

    /// Why the sign-in failed, with the SQLSTATE where the server gave one.
    var signInError: PostgresError {
        let words = String(cString: PQerrorMessage(pointer))
        // "... FATAL:  28P01: password authentication failed ...", then a line "LOCATION: ..." of the server's source.
        let lines = words.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("LOCATION:") }
        var error = PostgresError(kind: .connect, message: oneLine(lines.joined(separator: "\n")), target: target)
        if let code = words.firstMatch(of: #/:  ([0-9A-Z]{5}): /#)?.1 {
            error.sqlState = String(code)
            error.message.replace(":  \(code): ", with: ":  ")
        }
        return error
    }

    /// False when the server or the network has ended the idle session. Costs one system call and no wait.
    func isAlive() -> Bool {
        guard !isLost else { return false }
        var byte: UInt8 = 0
        let count = recv(PQsocket(pointer), &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        if count < 0, errno == EAGAIN { return true }
        // The first may read the server's farewell, the second then meets the end of the stream.
        for _ in 0..<2 {
            guard PQconsumeInput(pointer) == 1 else { return false }
            _ = PQisBusy(pointer)
        }
        return !isLost && !notices.endOfSession
    }

    /// True when no transaction is open.
    var isIdle: Bool { PQtransactionStatus(pointer) == PQTRANS_IDLE }

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

    /// Begins a pipeline: calls are queued without waiting for answers.
    func enterPipeline() throws(PostgresError) {
        guard PQenterPipelineMode(pointer) == 1 else { throw error(.connectionLost) }
    }

    /// Ends a pipeline of which every answer was read.
    func exitPipeline() throws(PostgresError) {
        guard PQexitPipelineMode(pointer) == 1 else { throw error(.connectionLost) }
    }

    func sendPrepare(_ statement: PostgresStatement) throws(PostgresError) {
        guard PQsendPrepare(pointer, statement.name, statement.sql, 0, nil) == 1 else { throw error(.connectionLost) }
    }

    func sendExecute(_ call: PreparedCall) throws(PostgresError) {
        let accepted = call.withParameters { values in
            PQsendQueryPrepared(pointer, call.statement.name, Int32(values.count), values, nil, nil, 0)
        }
        guard accepted == 1 else { throw error(.connectionLost) }
    }

    func sendSync() throws(PostgresError) {
        guard PQpipelineSync(pointer) == 1 else { throw error(.connectionLost) }
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
