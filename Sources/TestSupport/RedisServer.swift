public import Foundation
import Synchronization

/// A real redis-server in a scratch folder on free ports of 127.0.0.1.
///
/// A shell between the tests and the server waits for the end of its standard input, which comes however this process
/// ends, and then ends the server by its process id and removes the folder.
public final class RedisServer: Sendable {
    public struct Options: Sendable {
        /// `requirepass`.
        public var password: String?
        /// TLS on the port instead of plain TCP, by a certificate that is its own authority.
        public var isTLS = false
        /// Whom the certificate is for.
        public var certificateNames = "IP:127.0.0.1,DNS:localhost"
        /// Makes it a node of a cluster, which takes another node for dead that says nothing for so long.
        public var clusterNodeTimeoutMilliseconds: Int?

        public init(password: String? = nil, isTLS: Bool = false, clusterNodeTimeoutMilliseconds: Int? = nil) {
            self.password = password
            self.isTLS = isTLS
            self.clusterNodeTimeoutMilliseconds = clusterNodeTimeoutMilliseconds
        }
    }

    public struct Unusable: Error, CustomStringConvertible {
        public let description: String
    }

    public var port: Int { reservedPort.number }
    public let folder: URL
    public let options: Options
    private let reservedPort: ReservedPort
    private let busPort: ReservedPort
    private let guardian = Mutex<Guardian?>(nil)

    private struct Guardian {
        let process: Process
        let standardInput: Pipe
        let standardOutput: Pipe
    }

    public init(_ options: Options = Options()) throws {
        self.options = options
        reservedPort = try ReservedPort()
        busPort = try ReservedPort()
        folder = FileManager.default.temporaryDirectory.appending(path: "tickctl-redis-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        if options.isTLS { _ = try Self.makeCertificate(in: folder, for: options.certificateNames) }
        try start()
    }

    deinit { try? stop() }

    /// `redis://...` or `rediss://...`, with the password.
    public var url: String {
        "\(options.isTLS ? "rediss" : "redis")://\(options.password.map { ":\($0)@" } ?? "")127.0.0.1:\(port)"
    }

    /// PEM of the server's certificate, which is also its authority.
    public var certificate: String { folder.appending(path: "server.crt").path }

    /// Starts the server, again after `kill`, on the same port; nothing is kept over a restart but a node's place in its
    /// cluster. Returns when it takes connections.
    public func start() throws {
        let standardInput = Pipe()
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", Self.script, "redis-fixture", folder.path, "redis-server"] + settings
        process.standardInput = standardInput
        let standardOutput = Pipe()
        process.standardOutput = standardOutput
        process.standardError = FileHandle.nullDevice
        try process.run()
        guardian.withLock {
            $0 = Guardian(process: process, standardInput: standardInput, standardOutput: standardOutput)
        }
        try Self.wait(for: "redis-server on port \(port) (log in \(folder.path))") {
            guard process.isRunning else { throw Unusable(description: "redis-server ended at once: \(log)") }
            return reservedPort.isListening
        }
    }

    /// Sends a signal: "STOP", "CONT". Returns when it has taken effect.
    public func signal(_ name: String) throws {
        try guardian.withLock { guardian in
            guard let guardian else { return }
            try guardian.standardInput.fileHandleForWriting.write(contentsOf: Data("\(name)\n".utf8))
            // A line, or the end of the shell.
            _ = guardian.standardOutput.fileHandleForReading.availableData
        }
    }

    /// kill -9; returns when the server is gone.
    public func kill() throws {
        try signal("KILL")
        guardian.withLock { guardian in
            guardian?.process.waitUntilExit()
            guardian = nil
        }
        // The shell cannot wait for it: started from a thread that blocks SIGCHLD, it has it blocked, too.
        try Self.wait(for: "the end of redis-server on port \(port)") { !reservedPort.isListening }
    }

    /// Ends the server and removes its folder.
    public func stop() throws {
        try guardian.withLock { guardian in
            try guardian?.standardInput.fileHandleForWriting.close()
            guardian?.process.waitUntilExit()
            guardian = nil
        }
        // A server that was killed has left it.
        try? FileManager.default.removeItem(at: folder)
    }

    /// What redis-cli prints for a command to this server, without the last line end.
    @discardableResult
    public func command(_ words: String...) throws -> String {
        try Self.run("redis-cli", commandLineOptions + words)
    }

    var commandLineOptions: [String] {
        ["-h", "127.0.0.1", "-p", String(port)]
            + (options.password.map { ["-a", $0, "--no-auth-warning"] } ?? [])
            + (options.isTLS ? ["--tls", "--cacert", certificate] : [])
    }

    private static let script = """
        folder=$1; shift
        "$@" >>"$folder/log" 2>&1 </dev/null &
        server=$!
        while read -r name; do
            kill -"$name" "$server"
            [ "$name" = KILL ] && exit
            if [ "$name" = STOP ]; then
                until grep -q '^State:.T' "/proc/$server/status"; do sleep 0.01; done
            fi
            echo done
        done
        kill -KILL "$server"
        rm -rf "$folder"
        """

    private var settings: [String] {
        var settings = [
            "--bind", "127.0.0.1", "--dir", folder.path, "--save", "", "--appendonly", "no",
            "--enable-debug-command", "yes", "--repl-diskless-sync-delay", "0",
        ]
        if options.isTLS {
            settings += [
                "--port", "0", "--tls-port", String(port), "--tls-cert-file", certificate,
                "--tls-key-file", folder.appending(path: "server.key").path, "--tls-ca-cert-file", certificate,
                "--tls-auth-clients", "no",
            ]
        } else {
            settings += ["--port", String(port)]
        }
        if let password = options.password { settings += ["--requirepass", password, "--masterauth", password] }
        if let milliseconds = options.clusterNodeTimeoutMilliseconds {
            settings += [
                "--cluster-enabled", "yes", "--cluster-port", String(busPort.number), "--cluster-node-timeout",
                String(milliseconds),
                "--cluster-require-full-coverage", "no", "--cluster-replica-validity-factor", "0",
            ]
        }
        return settings
    }

    private var log: String {
        (try? String(contentsOf: folder.appending(path: "log"), encoding: .utf8)) ?? "(no log)"
    }

    /// Makes `server.crt` and `server.key`, a certificate that is its own authority.
    /// - Parameter names: "IP:127.0.0.1,DNS:localhost".
    /// - Returns: the path of the certificate.
    public static func makeCertificate(in folder: URL, for names: String) throws -> String {
        let certificate = folder.appending(path: "server.crt").path
        try run(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=test", "-addext", "subjectAltName=\(names)",
                "-keyout", folder.appending(path: "server.key").path, "-out", certificate,
            ])
        return certificate
    }

    @discardableResult
    static func run(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Unusable(description: "\(program) \(arguments.first ?? "") failed: \(text)")
        }
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    /// Looks every 20 ms until `condition` holds.
    static func wait(for what: String, _ condition: () throws -> Bool) throws {
        let end = ContinuousClock.now + .seconds(120)
        while try !condition() {
            guard ContinuousClock.now < end else { throw Unusable(description: "gave up waiting for \(what)") }
            usleep(20_000)
        }
    }
}
