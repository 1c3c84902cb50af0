import Foundation
import Glibc
import TestSupport
import Testing

/// Debian's docker-registry on a free port of 127.0.0.1, for as long as a test's body runs.
struct LocalRegistry {
    static var isInstalled: Bool { Command.exists("docker-registry") && Command.exists("skopeo") }

    let endpoint: String
    let host: String
    let folder: TemporaryFolder
    private let port: ReservedPort
    private let process = Process()

    /// - Parameter requiresLogin: user "tickctl", password "right-horse".
    static func run(requiresLogin: Bool = false, _ body: (LocalRegistry) async throws -> Void) async throws {
        let registry = try LocalRegistry(requiresLogin: requiresLogin)
        defer {
            // It must not write to the folder that goes.
            kill(registry.process.processIdentifier, SIGKILL)
            registry.process.waitUntilExit()
        }
        try await eventually { registry.port.isListening || !registry.process.isRunning }
        guard registry.process.isRunning else { throw Unstarted() }
        try await body(registry)
    }

    private init(requiresLogin: Bool) throws {
        folder = try TemporaryFolder()
        port = try ReservedPort()
        host = "127.0.0.1:\(port.number)"
        endpoint = "http://\(host)"
        var configuration = """
            version: 0.1
            log: { level: warn }
            storage: { filesystem: { rootdirectory: "\(folder.path)/data" } }
            http: { addr: "\(host)" }

            """
        if requiresLogin {
            let users = try folder.write(
                "htpasswd", "tickctl:$2y$05$abcdefghijklmnopqrstuukAGqk1114ICnhl6dLOh9a3Ti/e0h/ma\n")
            configuration += "auth: { htpasswd: { realm: test, path: \"\(users)\" } }\n"
        }
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["docker-registry", "serve", try folder.write("config.yml", configuration)]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    struct Unstarted: Error {}

    /// Sends bytes to a port of this machine and closes without reading.
    static func write(_ bytes: [UInt8], to port: Int) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = loopback(port: port)
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected, Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw Unstarted() }
    }

    private static func loopback(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }
}
