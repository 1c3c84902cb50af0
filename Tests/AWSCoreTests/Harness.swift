import CurlTransport
import Foundation
import Synchronization
import TestSupport

@testable import AWSCore

/// A client over a scripted transport and a manual clock; jitter is always at its most.
struct Harness {
    let clock = ManualClock()
    let transport: ScriptedTransport
    let records = Recorder()
    let client: AWSClient

    init(
        credentials: (any CredentialProvider)? = StaticCredentials(Harness.credentials),
        endpoint: String? = "http://endpoint.test", retry: RetryPolicy = RetryPolicy(),
        onWrite: (@Sendable (AWSCallRecord, AWSCallPhase) async throws -> Void)? = nil,
        _ answer: @escaping @Sendable (HTTPRequest, Int) async throws -> HTTPResponse
    ) {
        transport = ScriptedTransport(answer)
        let records = records
        client = AWSClient(
            transport: transport,
            configuration: AWSClient.Configuration(
                credentials: credentials, endpoints: EndpointResolver(url: endpoint), retry: retry,
                time: .manual(clock), random: { 1 },
                onWrite: onWrite ?? { records.add("\($1) \($0.action) \($0.attempt) \($0.errorCode ?? "-")") },
                onCall: { records.add("call \($0.action) \($0.attempt) \($0.errorCode ?? "-")") }))
    }

    init(_ answers: [Result<HTTPResponse, TransportError>], retry: RetryPolicy = RetryPolicy()) {
        self.init(retry: retry) { _, number in try answers[min(number, answers.count - 1)].get() }
    }

    static let credentials = AWSCredentials(
        accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    static let region = "ap-northeast-1"
}

/// Lines in the order they came.
final class Recorder: Sendable {
    private let kept = Mutex<[String]>([])
    var lines: [String] { kept.withLock { $0 } }
    func add(_ line: String) { kept.withLock { $0.append(line) } }
}

extension TimeSource {
    static func manual(_ clock: ManualClock) -> TimeSource { TimeSource(clock, date: { clock.date }) }
}

extension TransportError {
    static func test(_ kind: Kind, sent: Bool) -> TransportError {
        TransportError(kind: kind, mayHaveBeenSent: sent, curlCode: 56, message: "test", url: "http://endpoint.test/")
    }
}

/// Runs `body` with a fresh folder that is gone afterwards.
func withScratchFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("awscore-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder.path)
}

func write(_ text: String, to path: String) throws {
    let url = URL(fileURLWithPath: path)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
}
