public import Foundation

/// A real PostgreSQL in a scratch folder on a free port of 127.0.0.1, without fsync.
///
/// PostgreSQL refuses to run as root, so root starts it as `postgres` or `nobody`. A shell between the tests and the
/// server takes orders on its standard input; at the input's end, which comes however this process ends, it stops the
/// server and removes the folder.
public final class PostgresServer: Sendable {
    /// A superuser.
    public static let user = "tester"
    public static let password = "pass/word@planted#secret"
    /// The password as a URL spells it.
    public static let passwordInURL = "pass%2Fword%40planted%23secret"

    /// One for all tests of this process that do not stop it.
    public static let shared = Result { try PostgresServer() }

    /// How the server ends its sessions.
    public enum StopMode: String, Sendable {
        /// Rolls back and says why.
        case fast
        /// Like a crash: recovery at the next start.
        case immediate
    }

    public struct Unusable: Error, CustomStringConvertible {
        public let description: String
    }

    public var port: Int { reservedPort.number }
    public let folder: URL
    private let reservedPort: ReservedPort
    private let binaries: String
    private let orders: Pipe
    private let answers: Pipe

    /// - Parameters:
    ///   - settings: of postgresql.conf.
    ///   - requiresTLS: sessions over TCP in the clear are refused (`hostssl`).
    /// - Throws: `Unusable` with the server's own words.
    public init(settings: [String: String] = [:], requiresTLS: Bool = false) throws {
        binaries = try Self.findBinaries()
        folder = FileManager.default.temporaryDirectory.appending(path: "tickctl-postgres-\(UUID().uuidString)")
        reservedPort = try ReservedPort()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Self.password.write(to: folder.appending(path: "password"), atomically: true, encoding: .utf8)
        let all = [
            "port": "\(reservedPort.number)", "unix_socket_directories": folder.path, "listen_addresses": "127.0.0.1",
            "ssl": "on",
            "ssl_cert_file": folder.appending(path: "server.crt").path, "fsync": "off", "max_connections": "200",
            "ssl_key_file": folder.appending(path: "server.key").path,
        ].merging(settings) { _, asked in asked }
        try all.map { "\($0) = '\($1)'\n" }.joined()
            .write(to: folder.appending(path: "settings"), atomically: true, encoding: .utf8)
        orders = Pipe()
        answers = Pipe()
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = [
            "-c", Self.script, "postgres-fixture", folder.path, binaries, Self.user, requiresTLS ? "hostssl" : "host",
        ]
        process.standardInput = orders
        process.standardOutput = answers
        process.standardError = FileHandle.nullDevice
        try process.run()
        try awaitAnswer()
    }

    /// The file of the authority that signed the server's certificate, which is for "127.0.0.1" alone.
    public var authorityFile: String { folder.appending(path: "authority.crt").path }
    /// An authority that signed nothing here.
    public var otherAuthorityFile: String { folder.appending(path: "other.crt").path }

    public func url(
        user: String = user, password: String = passwordInURL, host: String = "127.0.0.1",
        database: String = "postgres", query: String = ""
    ) -> String {
        "postgresql://\(user):\(password)@\(host):\(port)/\(database)\(query)"
    }

    /// Ends the server and every session; `start` brings it back on the same port with the same data.
    public func stop(_ mode: StopMode = .fast) throws { try order("stop \(mode.rawValue)") }

    public func start() throws { try order("start") }

    public func restart(_ mode: StopMode = .fast) throws {
        try stop(mode)
        try start()
    }

    /// Runs SQL as the superuser through `psql`, apart from the client under test. The rows, columns divided by '|'.
    ///
    /// - Throws: `Unusable` with the server's words.
    @discardableResult
    public func sql(_ sql: String, database: String = "postgres") throws -> [String] {
        let process = Process()
        process.executableURL = URL(filePath: "\(binaries)/psql")
        process.arguments = [
            "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", "\(port)", "-U", Self.user, "-d", database,
            "-c", sql,
        ]
        process.environment = ["PGPASSWORD": Self.password]
        let output = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Unusable(description: text) }
        return text.split(separator: "\n").map(String.init)
    }

    private func order(_ line: String) throws {
        try orders.fileHandleForWriting.write(contentsOf: Data("\(line)\n".utf8))
        try awaitAnswer()
    }

    /// The shell says "ok" when an order is done, and something else or nothing when it failed.
    private func awaitAnswer() throws {
        guard String(data: answers.fileHandleForReading.availableData, encoding: .utf8) == "ok\n" else {
            let log = (try? String(contentsOf: folder.appending(path: "log"), encoding: .utf8)) ?? "(no log)"
            throw Unusable(description: "PostgreSQL in \(folder.path) did not do as told: \(log.suffix(2_000))")
        }
    }

    private static let script = """
        folder=$1 binaries=$2 user=$3 host=$4
        as=''
        if [ "$(id -u)" = 0 ]; then
            owner=postgres; id -u postgres >/dev/null 2>&1 || owner=nobody
            group=$(id -g "$owner")
            as="setpriv --reuid=$(id -u "$owner") --regid=$group --clear-groups --"
            chown -R "$owner" "$folder"
        fi
        cd "$folder"
        authority() {
            $as openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" -keyout "$1.key" -out "$1.crt"
        }
        start() {
            $as "$binaries/pg_ctl" -D "$folder/data" -w -t 300 -l "$folder/log" start
        }
        {
            authority authority && authority other &&
            $as openssl req -newkey rsa:2048 -nodes -subj /CN=server -keyout server.key -out server.csr &&
            $as sh -c 'echo subjectAltName=IP:127.0.0.1 >names && chmod 600 server.key' &&
            $as openssl x509 -req -days 2 -in server.csr -CA authority.crt -CAkey authority.key -CAcreateserial \\
                -extfile names -out server.crt &&
            $as "$binaries/initdb" -D data -U "$user" --pwfile=password --auth=scram-sha-256 -E UTF8 --locale=C -N &&
            $as sh -c 'cat settings >>data/postgresql.conf; rm password; sed -i "s/^host /$0 /" data/pg_hba.conf' "$host" &&
            start
        } >>setup 2>&1 </dev/null || { cat setup >>log; echo failed; exit 1; }
        echo ok
        while read -r order mode; do
            case $order in
                start) start ;;
                stop) $as "$binaries/pg_ctl" -D "$folder/data" -w -t 300 -m "$mode" stop ;;
            esac >>setup 2>&1 </dev/null && echo ok || echo failed
        done
        $as "$binaries/pg_ctl" -D "$folder/data" -w -t 300 -m immediate stop >/dev/null 2>&1
        cd / && rm -rf "$folder"
        """

    private static func findBinaries() throws -> String {
        let debian = "/usr/lib/postgresql"
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: debian)) ?? []).compactMap { Int($0) }
        let folders = versions.sorted(by: >).map { "\(debian)/\($0)/bin" } + ["/usr/local/bin", "/usr/bin"]
        guard let folder = folders.first(where: { FileManager.default.isExecutableFile(atPath: "\($0)/initdb") }) else {
            throw Unusable(description: "no PostgreSQL server found: apt-get install postgresql")
        }
        return folder
    }
}
