extension EndToEndCase {
    /// A missing, empty, over-long or wrongly typed field is 400 bad_request and named.
    static let errorCases: [EndToEndCase] =
        ErrorTable.calls.flatMap { call in
            call.fields.map { field in
                EndToEndCase(.errors, "POST \(call.path) names a bad \(field.name)") { visit in
                    let headers = try await visit.headers(for: call)
                    for wrong in field.kind.wrong + [nil] {
                        let body = visit.body(of: call, field: field.name, value: wrong)
                        let answer = try await visit.post(call.path, text: body, headers)
                        let error = try answer.refuses(400, "bad_request")
                        // seatIds may be given as seatId, too.
                        let name = field.name == "seatIds" ? "seatId" : field.name
                        try require(
                            error.message.contains(name), "a message that names \(field.name) for \(wrong ?? "none")",
                            got: error.message)
                    }
                }
            }
        }
        + ErrorTable.calls.map { call in
            EndToEndCase(.errors, "POST \(call.path) refuses what is no JSON object") { visit in
                let headers = try await visit.headers(for: call)
                for body in ErrorTable.bodies {
                    try await visit.post(call.path, bytes: body, headers).refuses(400, "bad_request")
                }
            }
        }
}

extension Visit {
    func headers(for call: ErrorTable.Call) async throws -> [String: String] {
        var headers: [String: String] = [:]
        if call.needsTurn { headers["x-room-token"] = try await guest().token }
        if call.needsKey { headers["Idempotency-Key"] = key() }
        return headers
    }

    /// - Parameter value: JSON; nil: the field is left out.
    func body(of call: ErrorTable.Call, field: String, value: String?) -> String {
        let fields = call.fields.compactMap { other in
            let text = other.name == field ? value : other.name == "eventId" ? #""\#(eventID)""# : other.kind.good
            return text.map { #""\#(other.name)":\#($0)"# }
        }
        return "{" + fields.joined(separator: ",") + "}"
    }
}
