import Foundation

extension EndToEndCase {
    static let contractCases: [EndToEndCase] = [
        EndToEndCase(.contract, "GET /public/ping names the service and its clock") { visit in
            struct Ping: Decodable {
                var service: String
                var ts: Int64
            }
            let ping: Ping = try await visit.get("/public/ping").expect(200).json()
            try require(ping.service == "public", "the service public", got: ping.service)
            let now = Int64(Date().timeIntervalSince1970 * 1_000)
            try require(
                abs(now - ping.ts) < 60_000, "a clock within a minute of this one", got: "\(ping.ts - now) ms off")
        },
        EndToEndCase(.contract, "GET /openapi.json has the calls of the public role") { visit in
            struct Document: Decodable {
                struct Path: Decodable {}
                var openapi: String
                var paths: [String: Path]
            }
            let document: Document = try await visit.get("/openapi.json").expect(200).json()
            try require(document.openapi.hasPrefix("3.1"), "OpenAPI 3.1", got: document.openapi)
            for path in ["/public/enter", "/public/room-status", "/public/hold", "/public/release"] {
                try require(document.paths[path] != nil, "the path \(path)", got: "\(document.paths.keys.sorted())")
            }
        },
        EndToEndCase(.contract, "GET /openapi.yaml is the same contract in YAML") { visit in
            let text = try await visit.get("/openapi.yaml").expect(200).text
            try require(
                text.split(separator: "\n").contains { $0.hasPrefix("openapi: ") && $0.contains("3.1") }
                    && text.contains("/public/hold:"), "YAML of OpenAPI 3.1", got: "\(text.prefix(80))")
        },
        EndToEndCase(.contract, "GET /docs is a page that asks no other host") { visit in
            let answer = try await visit.get("/docs").expect(200)
            try require(try answer.header("Content-Type").hasPrefix("text/html"), "HTML", got: "\(answer.headers)")
            let foreign = try Regex(#"(src|href|action)\s*=\s*["']?(https?:)?//"#)
            try require(answer.text.firstMatch(of: foreign) == nil, "no address of another host", got: "one")
        },
    ]
}
