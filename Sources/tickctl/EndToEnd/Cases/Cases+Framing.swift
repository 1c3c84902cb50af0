import LoadTest

/// Requests whose end two servers may see at different places, or that are none (RFC 9112, sections 2.2, 3.2, 6 and 11.2). Each
/// would be answered 200 if its fault were overlooked. In front of the platform an edge may be the one that refuses.
extension EndToEndCase {
    static let framingCases: [EndToEndCase] = [
        framing("Content-Length together with Transfer-Encoding") {
            let second = "GET \($0.target) HTTP/1.1\r\n\($0.host)\r\n"
            return "GET \($0.target) HTTP/1.1\r\n\($0.host)Content-Length: \(second.utf8.count + 5)\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n\(second)"
        },
        framing("two lengths that differ") {
            "GET \($0.target) HTTP/1.1\r\n\($0.host)Content-Length: 0\r\nContent-Length: 2\r\n\r\n{}"
        },
        framing("a chunk whose size is no number") {
            "GET \($0.target) HTTP/1.1\r\n\($0.host)Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"
        },
        framing("lines that end in LF alone") { "GET \($0.target) HTTP/1.1\n\($0.host.dropLast(2))\n\n" },
        framing("a header of 100 kB") {
            "GET \($0.target) HTTP/1.1\r\n\($0.host)X-Long: \(String(repeating: "x", count: 100_000))\r\n\r\n"
        },
        framing("no Host") { "GET \($0.target) HTTP/1.1\r\nAccept: */*\r\n\r\n" },
    ]

    private struct Place {
        /// Of a GET that is answered 200.
        var target: String
        /// The line of the header.
        var host: String
    }

    private static func framing(_ fault: String, _ request: @escaping @Sendable (Place) -> String) -> EndToEndCase {
        EndToEndCase(.rules, "framing: \(fault) is refused with one 4xx") { visit in
            let endpoint = try Endpoint(visit.client.publicURL)
            let place = Place(target: endpoint.prefix + "/public/ping", host: "Host: \(endpoint.authority)\r\n")
            let answers = try await RawExchange.send(
                Array(request(place).utf8), to: endpoint, timeout: visit.patience)
            try require(
                answers.statuses.count == 1 && answers.statuses.allSatisfy((400..<500).contains),
                "one 4xx to GET /public/ping with \(fault)",
                got: answers.statuses.isEmpty
                    ? (answers.isClosed ? "a closed connection" : "nothing in \(visit.patience)")
                    : answers.statuses.map(String.init).joined(separator: ", then "))
        }
    }
}
