import CurlTransport

extension EndToEndCase {
    static let ruleCases: [EndToEndCase] =
        [
            EndToEndCase(.rules, "a path that is none is 404 not_found") { visit in
                for path in ["/public/nothing", "/public/health/", "/public/summary/a/b/c", "/confirm/nothing"] {
                    try await visit.get(path).refuses(404, "not_found")
                }
            },
            EndToEndCase(.rules, "another method is 405 with Allow") { visit in
                for (path, allowed) in [
                    ("/public/enter", "POST"), ("/public/hold", "POST"), ("/confirm/commit", "POST"),
                    ("/confirm/payment-intent", "POST"),
                ] {
                    let answer = try await visit.get(path).expect(405)
                    try answer.expect("Allow", allowed)
                }
                let answer = try await visit.post("/public/health", text: "{}").expect(405)
                let allowed = Set(try answer.header("Allow").split(separator: ",").map { $0.filter { $0 != " " } })
                try require(allowed == ["GET", "HEAD"], "Allow: GET, HEAD", got: "\(allowed)")
            },
            EndToEndCase(.rules, "HEAD has the headers of GET and no body") { visit in
                for path in ["/public/health", "/openapi.json", "/public/summary/\(visit.eventID)/A"] {
                    let head = try await visit.client.head(visit.url(path))
                    let whole = try await visit.get(path)
                    try require(head.status == whole.status, "\(whole.status) of HEAD \(path)", got: "\(head.status)")
                    try require(head.body.isEmpty, "no body of HEAD \(path)", got: "\(head.body.count) bytes")
                    try head.expect("Content-Type", try whole.header("Content-Type"))
                }
            },
            EndToEndCase(.rules, "x-request-id is echoed, or made") { visit in
                let mine = try await visit.get("/public/health", ["x-request-id": "my-own-id_1"])
                try mine.expect("x-request-id", "my-own-id_1")
                let first = try await visit.get("/public/health").header("x-request-id")
                let second = try await visit.get("/public/health").header("x-request-id")
                try require(!first.isEmpty && first != second, "a new x-request-id for each", got: "\(first) twice")
            },
            EndToEndCase(.rules, "unknown fields are ignored") { visit in
                _ = try await visit.post(
                    "/public/enter",
                    text: #"{"userId":"\#(visit.user())","eventId":"\#(visit.eventID)","more":[1,{"a":null}]}"#
                ).expect(200)
            },
            EndToEndCase(.rules, "a target over 8 KiB is 414") { visit in
                let answer = try await visit.get("/public/" + String(repeating: "a", count: 8_300))
                _ = try answer.expect(414)
            },
            EndToEndCase(.rules, "a head over 16 KiB is 431") { visit in
                let answer = try await visit.get("/public/health", ["X-Long": String(repeating: "a", count: 17_000)])
                _ = try answer.expect(431)
            },
        ]
        + ErrorTable.calls.flatMap { call in
            [
                EndToEndCase(.rules, "POST \(call.path) takes JSON alone: 415") { visit in
                    try await visit.client.post(
                        visit.url(call.path), bytes: Array("{}".utf8), type: "text/plain", headers: [:]
                    ).refuses(415, "unsupported_media_type")
                },
                EndToEndCase(.rules, "POST \(call.path) takes 64 KiB at most: 413") { visit in
                    try await visit.post(call.path, text: "{}" + String(repeating: " ", count: 65_536))
                        .refuses(413, "body_too_large")
                },
            ]
        }
}
