import Foundation

/// A command that prints a credential document
/// (https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html).
struct ProcessCredentials: Sendable {
    static let timeout: TimeInterval = 60
    let command: String
    let environment: [String: String]

    /// - Throws: `CredentialError`; neither the command, which may hold secrets, nor what it printed is quoted.
    func credentials(source: String) async throws -> AWSCredentials {
        let output = try await withCheckedThrowingContinuation { continuation in
            // Reading the pipe blocks.
            Thread.detachNewThread { continuation.resume(with: Result { try run() }) }
        }
        return try CredentialDocument.parse(output, source: source)
    }

    private func run() throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command]
        process.environment = environment
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { throw CredentialError("credential_process does not start: \(error)") }
        let expiry = DispatchWorkItem { [pid = process.processIdentifier] in kill(pid, SIGKILL) }
        DispatchQueue.global().asyncAfter(deadline: .now() + Self.timeout, execute: expiry)
        defer { expiry.cancel() }
        let output = (try? pipe.fileHandleForReading.readToEnd()) ?? Data()
        process.waitUntilExit()
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            throw CredentialError(
                "credential_process ended with status \(process.terminationStatus): run it by hand to see why")
        }
        return Array(output)
    }
}
