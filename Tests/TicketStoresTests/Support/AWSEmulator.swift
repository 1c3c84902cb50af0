import AWSCore
import CurlTransport
import Foundation
import Synchronization
import TestSupport

/// The AWS emulator (Tests/Emulator) on a free port of 127.0.0.1.
///
/// A shell between the tests and the emulator waits for the end of its standard input, which comes however this process
/// ends, and then ends the emulator by its process id and removes its folder.
final class AWSEmulator: Sendable {
    /// For tests that leave the weather as it is.
    static let fair = Result { try AWSEmulator() }
    /// For tests that make weather, one at a time.
    static let stormy = Result { try AWSEmulator() }

    static let region = "ap-northeast-1"

    struct Unusable: Error, CustomStringConvertible {
        let description: String
    }

    let url: String
    private let standardInput = Pipe()
    private let transport = CurlTransport()

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let python =
            ProcessInfo.processInfo.environment["TICKCTL_TEST_PYTHON"] ?? root.appending(path: ".venv/bin/python").path
        guard FileManager.default.isExecutableFile(atPath: python) else {
            throw Unusable(
                description: "no Python at \(python): run `make test`, which prepares it, or set TICKCTL_TEST_PYTHON")
        }
        let folder = FileManager.default.temporaryDirectory.appending(path: "tickctl-emulator-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = [
            "-c", Self.script, "emulator-fixture", folder.path, python,
            root.appending(path: "Tests/Emulator/emulator.py").path,
        ]
        process.standardInput = standardInput
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        let portFile = folder.appending(path: "port")
        let deadline = ContinuousClock.now + .seconds(300)
        while !FileManager.default.fileExists(atPath: portFile.path) {
            guard process.isRunning, ContinuousClock.now < deadline else {
                let log = try? String(contentsOf: folder.appending(path: "log"), encoding: .utf8)
                throw Unusable(description: "the emulator did not start: \(log ?? "(no log)")")
            }
            usleep(20_000)
        }
        let port = try String(contentsOf: portFile, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        url = "http://127.0.0.1:\(port)"
    }

    private static let script = """
        folder=$1; shift
        TMPDIR=$folder "$@" --port 0 --port-file "$folder/port" --outlive-parent >"$folder/log" 2>&1 </dev/null &
        emulator=$!
        read -r order
        kill -KILL "$emulator"  # started from a thread that blocks SIGTERM, it would never see one
        rm -rf "$folder"
        """

    /// - Parameter log: told of every attempt of every call.
    func client(_ log: CallLog? = nil, retry: RetryPolicy = .soon) -> AWSClient {
        var configuration = AWSClient.Configuration(
            credentials: StaticCredentials(AWSCredentials(accessKeyID: "test", secretAccessKey: "test")),
            endpoints: EndpointResolver(url: url), retry: retry)
        configuration.attemptTimeout = .seconds(300)
        if let log { configuration.onCall = { log.note($0.action) } }
        return AWSClient(transport: transport, configuration: configuration)
    }

    // MARK: - Weather

    /// Sets what `settings` names (Tests/Emulator/README.md); the rest stays.
    func setWeather(_ settings: String) async throws { _ = try await control("POST", "/_weather", settings) }

    func clearWeather() async throws { _ = try await control("POST", "/_weather/reset", "") }

    /// How many calls each of the rules has hit.
    func hits() async throws -> [Int] {
        struct Status: Decodable {
            struct Rule: Decodable { var hits: Int }
            var rules: [Rule]
        }
        return try JSONDecoder().decode(Status.self, from: try await control("GET", "/_weather", "")).rules.map(\.hits)
    }

    private func control(_ method: String, _ path: String, _ body: String) async throws -> Data {
        let response = try await transport.send(
            HTTPRequest(method: method, url: url + path, body: .bytes(Array(body.utf8))))
        guard response.status == 200 else {
            throw Unusable(description: String(decoding: response.body, as: UTF8.self))
        }
        return Data(response.body)
    }
}

/// The actions that a client has sent, each attempt once.
final class CallLog: Sendable {
    private let actions = Mutex<[String]>([])

    func note(_ action: String) { actions.withLock { $0.append(action) } }
    func count(_ action: String) -> Int { actions.withLock { $0.count { $0 == action } } }
    var total: Int { actions.withLock { $0.count } }
}

extension RetryPolicy {
    /// As a service's: tries again soon, and not for long.
    static let soon = RetryPolicy(
        maximumAttempts: 3, maximumThrottledAttempts: 5, baseDelay: .milliseconds(10), maximumDelay: .milliseconds(100),
        maximumRetryAfter: .milliseconds(100))
}
