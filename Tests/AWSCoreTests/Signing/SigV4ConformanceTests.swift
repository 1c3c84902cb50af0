import CurlTransport
import Foundation
import Testing

@testable import AWSCore

@Suite struct SigV4ConformanceTests {
    struct Case: Decodable {
        var kind: String
        var service: String
        var region: String
        var date: String
        var accessKey: String
        var secretKey: String
        var token: String?
        var method: String
        var url: String
        var headers: [[String]]
        var body: String
        var expires: Int
        var authorization: String?
        var signedURL: String?
    }

    @Test func equalsBotocoreOn1200GeneratedRequests() throws {
        let lines = try Self.generate(count: 1200)
        try #require(lines.count == 1200)
        var kinds: Set<String> = []
        for (number, line) in lines.enumerated() {
            let item = try JSONDecoder().decode(Case.self, from: Data(line.utf8))
            kinds.insert(item.kind + (item.service == "s3" ? " s3" : ""))
            let signer = SigV4(
                credentials: AWSCredentials(
                    accessKeyID: item.accessKey, secretAccessKey: item.secretKey, sessionToken: item.token),
                region: item.region, service: item.service)
            var headers = HTTPHeaders()
            for header in item.headers { headers.add(header[0], header[1]) }
            let request = HTTPRequest(
                method: item.method, url: item.url, headers: headers, body: .bytes(Array(item.body.utf8)))
            let date = try Date(
                item.date,
                strategy: Date.ISO8601FormatStyle(
                    dateSeparator: .omitted, dateTimeSeparator: .standard, timeSeparator: .omitted))
            if item.kind == "presigned" {
                let url = signer.presign(request, date: date, lifetime: .seconds(item.expires))
                #expect(url == item.signedURL, "line \(number + 1): \(line)")
            } else {
                let signed = signer.sign(request, date: date, payload: item.kind == "unsigned" ? .unsigned : .signed)
                #expect(signed.headers["Authorization"] == item.authorization, "line \(number + 1): \(line)")
            }
        }
        #expect(kinds.count == 6)
    }

    private static func generate(count: Int) throws -> [Substring] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let python =
            ProcessInfo.processInfo.environment["TICKCTL_TEST_PYTHON"]
            ?? root.appendingPathComponent(".venv/bin/python").path
        try #require(
            FileManager.default.isExecutableFile(atPath: python),
            "no Python at \(python): run `make test`, which prepares it, or set TICKCTL_TEST_PYTHON")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = [root.appendingPathComponent("Tests/Conformance/sigv4_cases.py").path, String(count)]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(python) cannot run the generator: it needs botocore")
        return String(decoding: output, as: UTF8.self).split(separator: "\n")
    }
}
