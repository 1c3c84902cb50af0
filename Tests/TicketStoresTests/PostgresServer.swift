import Foundation
import PostgresClient

/// A real PostgreSQL in a scratch folder on a free port of 127.0.0.1, shared by the tests of this process.
///
/// PostgreSQL refuses to run as root, so root starts it as `postgres` or `nobody`. A shell between the tests and the
/// server waits for the end of its standard input, which comes however this process ends, and then stops the server by
/// its process id and removes the folder.
final class PostgresServer: Sendable {
    static let user = "tester"
    static let password = "pass/word@planted#secret"

    static let shared = Result { try PostgresServer() }

    let port: Int
    let folder: URL
    /// The server's own certificate, which is also its own authority, for "127.0.0.1".
    let certificate: String
    private let standardInput: Pipe

    struct Unusable: Error, CustomStringConvertible {
        let description: String
    }

    private init() throws {
        let binaries = try Self.binaries()
        folder = FileManager.default.temporaryDirectory.appending(path: "tickctl-postgres-\(UUID().uuidString)")
        certificate = folder.appending(path: "server.crt").path
        port = try Self.freePort()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Self.password.write(to: folder.appending(path: "password"), atomically: true, encoding: .utf8)
        standardInput = Pipe()
        let ready = Pipe()
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", Self.script, "postgres-fixture", folder.path, binaries, String(port), Self.user]
        process.standardInput = standardInput
        process.standardOutput = ready
        process.standardError = FileHandle.nullDevice
        try process.run()
        // The script says one line when the server answers, or ends without one.
        guard let line = String(data: ready.fileHandleForReading.availableData, encoding: .utf8), line == "ready\n"
        else {
            let log = (try? String(contentsOf: folder.appending(path: "log"), encoding: .utf8)) ?? "(no log)"
            throw Unusable(description: "PostgreSQL did not start in \(folder.path): \(log.suffix(2_000))")
        }
    }

    private static let script = """
        folder=$1 binaries=$2 port=$3 user=$4
        as=''
        if [ "$(id -u)" = 0 ]; then
            owner=postgres; id -u postgres >/dev/null 2>&1 || owner=nobody
            group=$(id -g "$owner")
            as="setpriv --reuid=$(id -u "$owner") --regid=$group --clear-groups --"
            chown -R "$owner" "$folder"
        fi
        cd "$folder"
        {
            $as openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 \
                -addext subjectAltName=IP:127.0.0.1 -keyout server.key -out server.crt &&
            $as chmod 600 server.key &&
            $as "$binaries/initdb" -D data -U "$user" --pwfile=password --auth=scram-sha-256 -E UTF8 --locale=C -N
        } >log 2>&1 || exit 1
        rm password
        $as "$binaries/postgres" -D "$folder/data" -p "$port" -k "$folder" -c listen_addresses=127.0.0.1 \
            -c ssl=on -c ssl_cert_file="$folder/server.crt" -c ssl_key_file="$folder/server.key" \
            -c fsync=off -c max_connections=200 >>log 2>&1 </dev/null &
        server=$!
        for attempt in $(seq 300); do
            "$binaries/pg_isready" -q -h 127.0.0.1 -p "$port" && break
            kill -0 "$server" 2>/dev/null || exit 1
            sleep 0.1
        done
        echo ready
        exec >/dev/null
        read -r line
        kill -INT "$server"
        wait "$server"
        cd / && rm -rf "$folder"
        """

    private static func binaries() throws -> String {
        let debian = "/usr/lib/postgresql"
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: debian)) ?? []).compactMap { Int($0) }
        let folders = versions.sorted(by: >).map { "\(debian)/\($0)/bin" } + ["/usr/local/bin", "/usr/bin"]
        guard let folder = folders.first(where: { FileManager.default.isExecutableFile(atPath: "\($0)/initdb") }) else {
            throw Unusable(description: "no PostgreSQL server found: apt-get install postgresql")
        }
        return folder
    }

    /// A port that was free a moment ago.
    static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard bound else { throw Unusable(description: "no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// The password as a URL spells it.
    static let passwordInURL = "pass%2Fword%40planted%23secret"

    func url(database: String = "postgres", query: String = "") -> String {
        "postgresql://\(Self.user):\(Self.passwordInURL)@127.0.0.1:\(port)/\(database)\(query)"
    }

    func configuration(database: String = "postgres", query: String = "") throws -> PostgresConfiguration {
        try PostgresConfiguration(url: url(database: database, query: query))
    }

    /// A session with a new, empty database of its own.
    static func withDatabase(
        _ body: (_ connection: PostgresConnection, _ configuration: PostgresConfiguration) async throws -> Void
    ) async throws {
        let server = try shared.get()
        let name = "t_" + UUID().uuidString.lowercased().filter { $0 != "-" }
        let administrator = try await PostgresConnection.connect(server.configuration())
        try await administrator.query("CREATE DATABASE \(name)")
        let configuration = try server.configuration(database: name)
        let connection = try await PostgresConnection.connect(configuration)
        try await body(connection, configuration)
        await connection.close()
        try await administrator.query("DROP DATABASE \(name) WITH (FORCE)")
    }
}

extension PostgresConnection {
    /// The first column of the first row.
    func scalar(_ sql: String) async throws -> String? {
        let result = try await query(sql)
        return result.columns.first.flatMap { result.rows.first?[$0] }
    }
}
