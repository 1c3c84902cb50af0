internal import CPostgres

/// Where a database is and how to sign in. Printing it never shows the password.
public struct PostgresConfiguration: Sendable {
    /// libpq's connection keywords (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS).
    /// What is absent falls back to libpq's own defaults.
    private(set) var keywords: [String: String]
    /// Bounds the whole sign-in, over all addresses of the host. Name resolution is bounded by the resolver alone.
    public var connectTimeout: Duration = .seconds(10)
    /// The server ends a longer statement with SQLSTATE 57014.
    public var statementTimeout: Duration = .seconds(30)

    /// Run-time parameters of each session, by name (https://www.postgresql.org/docs/current/runtime-config.html): words
    /// and numbers.
    public var settings: [String: String] = [:]

    /// How the session is to be protected (libpq's `sslmode`).
    public enum TLSMode: String, Sendable, CaseIterable {
        /// In the clear.
        case disable
        /// Encrypted if the server offers it.
        case prefer
        /// Encrypted, the peer unchecked.
        case require
        /// Encrypted, the certificate's chain and host name checked.
        case verifyFull = "verify-full"
    }

    public init(host: String, port: Int, database: String, user: String, password: String, tls: TLSMode) {
        keywords = [
            "host": host, "port": String(port), "dbname": database, "user": user, "password": password,
            "sslmode": tls.rawValue,
        ]
    }

    /// Parses `postgresql://user:password@host:port/database?sslmode=verify-full&sslrootcert=...`, or libpq's
    /// `keyword=value` form. `connect_timeout` (whole seconds) becomes `connectTimeout`.
    ///
    /// - Throws: `PostgresError` of kind `configuration`; its message quotes no part of the URL.
    public init(url: String) throws(PostgresError) {
        guard !url.utf8.contains(0), url.contains("://") || url.contains("=") else {
            throw Self.unusable("it is neither a URL nor a list of keywords")
        }
        keywords = try Self.parse(url)
        if let text = keywords.removeValue(forKey: "connect_timeout") {
            guard let seconds = Int(text), (1...600).contains(seconds) else {
                throw Self.unusable("connect_timeout is not a number of seconds from 1 to 600")
            }
            connectTimeout = .seconds(seconds)
        }
        try check()
    }

    public var host: String { keywords["hostaddr"] ?? keywords["host"] ?? "default" }
    public var port: Int { keywords["port"].flatMap { Int($0) } ?? 5432 }
    public var user: String { keywords["user"] ?? "default" }

    public var database: String {
        get { keywords["dbname"] ?? user }
        set { keywords["dbname"] = newValue }
    }

    /// Shown by `pg_stat_activity`, so that operators see whose session it is.
    public var applicationName: String? {
        get { keywords["application_name"] }
        set { keywords["application_name"] = newValue }
    }

    /// A file of the authorities whose certificates `verifyFull` accepts, in PEM (libpq's `sslrootcert`); nil means
    /// `~/.postgresql/root.crt`. For RDS it is the bundle of https://truststore.pki.rds.amazonaws.com.
    public var rootCertificateFile: String? {
        get { keywords["sslrootcert"] }
        set { keywords["sslrootcert"] = newValue }
    }

    /// Which servers are accepted (libpq's `target_session_attrs`): "read-write" passes over a reader; nil takes any.
    var sessionAttributes: String? {
        get { keywords["target_session_attrs"] }
        set { keywords["target_session_attrs"] = newValue }
    }

    /// "user@host:port/database", for messages.
    public var target: String { "\(user)@\(host):\(port)/\(database)" }
}

extension PostgresConfiguration {
    /// The keywords of a session: what was asked for, and the statement timeout.
    var sessionKeywords: [String: String] {
        var keywords = keywords
        let (seconds, attoseconds) = statementTimeout.components
        let milliseconds = max(1, seconds * 1_000 + attoseconds / 1_000_000_000_000_000)
        let settings = settings.merging(["statement_timeout": "\(milliseconds)"]) { asked, _ in asked }
        let options = settings.sorted { $0.key < $1.key }.map { "-c \($0.key)=\($0.value)" }
        keywords["options"] = (options + [keywords["options"]].compactMap { $0 }).joined(separator: " ")
        keywords["client_encoding"] = "UTF8"
        // A peer that vanished without a word is noticed within a minute or so, not after the kernel's two hours. What is
        // sent may lie unread as long as a statement runs, so that limit is above the statement's.
        return keywords.merging([
            "keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3",
            "tcp_user_timeout": "\(milliseconds + 30_000)",
        ]) { asked, _ in asked }
    }

    private static func parse(_ url: String) throws(PostgresError) -> [String: String] {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(url, &message) else {
            defer { PQfreemem(message) }
            let words = message.map { String(cString: $0) } ?? "out of memory"
            // libpq quotes the URL, password and all: only its words before the first quotation are safe.
            throw unusable(words.prefix { $0 != "\"" && $0 != "\n" }.trimmed)
        }
        defer { PQconninfoFree(options) }
        var keywords: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { keywords[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return keywords
    }

    /// A password with an unescaped '@', '/' or '#' slides into the host, the port or the database's name, and would
    /// be printed from there: refuse such a URL before anything is shown.
    private func check() throws(PostgresError) {
        let hint = "percent-encode reserved characters of the password (@ is %40, / is %2F, # is %23)"
        for keyword in ["host", "hostaddr", "dbname", "user"] where keywords[keyword]?.contains("@") == true {
            throw Self.unusable("its \(keyword) has an '@'; \(hint)")
        }
        for port in (keywords["port"] ?? "").split(separator: ",") {
            guard let number = Int(port), (1...65535).contains(number) else {
                throw Self.unusable("its port is not a number from 1 to 65535; \(hint)")
            }
        }
    }

    private static func unusable(_ why: String) -> PostgresError {
        PostgresError(
            kind: .configuration,
            message: "the database URL is unusable: \(why); expected "
                + "postgresql://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=verify-full",
            target: "(not parsed)")
    }
}

extension PostgresConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { target }
    public var debugDescription: String { target }
    public var customMirror: Mirror { Mirror(self, children: ["target": target]) }
}

extension Substring {
    fileprivate var trimmed: String {
        var text = self
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
