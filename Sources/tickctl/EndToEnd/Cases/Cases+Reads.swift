private let cacheControl = "public, max-age=1, s-maxage=10, stale-while-revalidate=10"
private let long = String(repeating: "x", count: 129)

extension EndToEndCase {
    static let readCases: [EndToEndCase] = [
        EndToEndCase(.reads, "GET /public/summary has its event, its section, and where it came from") { visit in
            let section = try await visit.section()
            let answer = try await visit.summary(section)
            let summary: SectionSummary = try answer.json()
            try require(
                summary.event == visit.eventID && summary.section == section, "\(visit.eventID) \(section)",
                got: "\(summary.event) \(summary.section)")
            let cache = try answer.header("X-Cache")
            try require(["hit-local", "hit-redis", "miss"].contains(cache), "a known X-Cache", got: cache)
        },
        EndToEndCase(.reads, "GET /public/summary counts a held seat within 13 s") { visit in
            let guest = try await visit.guest()
            let held = try await visit.held(guest)[0]
            try await visit.eventually("\(held.id) not among the available", within: .seconds(13)) {
                let summary: SectionSummary = try await visit.summary(held.section).json()
                let seats = try await visit.map().filter { $0.seat.section == held.section }
                let free = seats.count { $0.status == "available" }
                guard seats.contains(where: { $0.seat == held && $0.status == "held" }) else { return "it is" }
                return summary.seatsAvailable == free ? nil : "\(summary.seatsAvailable) where the map has \(free)"
            }
        },
        EndToEndCase(.reads, "a known answer is 304 under its ETag, another tag is not") { visit in
            let section = try await visit.section()
            for path in [
                "/public/summary/\(visit.eventID)/\(section)", "/public/seats/\(visit.eventID)?section=\(section)",
            ] {
                // The body names its instant: the tag holds only until the section is read anew.
                try await visit.eventually("304 of a known tag") {
                    let tag = try await visit.get(path).header("ETag")
                    let known = try await visit.get(path, ["If-None-Match": tag])
                    guard known.status == 304 else { return "\(known.status)" }
                    try known.expect("ETag", tag)
                    try known.expect("Cache-Control", cacheControl)
                    return nil
                }
                _ = try await visit.get(path, ["If-None-Match": #""other""#]).expect(200)
            }
        },
        EndToEndCase(.reads, "reads of what no event has are 404") { visit in
            try await visit.get("/public/summary/event-none/A").refuses(404, "event_not_found")
            try await visit.get("/public/summary/\(visit.eventID)/none").refuses(404, "section_not_found")
            try await visit.get("/public/seats/event-none").refuses(404, "event_not_found")
            try await visit.get("/public/seats/\(visit.eventID)?section=none").refuses(404, "section_not_found")
        },
        EndToEndCase(.reads, "over-long names and cursors that are none are 400") { visit in
            try await visit.get("/public/summary/\(visit.eventID)/\(long)").refuses(400, "bad_request")
            try await visit.get("/public/seats/\(long)").refuses(400, "bad_request")
            for cursor in ["x", "1", "1.2.3", "-1.0", "1.-1", "9999999.0", "", "%2B1.0"] {
                try await visit.get("/public/seats/\(visit.eventID)?cursor=\(cursor)").refuses(400, "bad_request")
            }
        },
        EndToEndCase(.reads, "GET /public/seats has held and sold seats, and their prices") { visit in
            let guest = try await visit.guest()
            let held = try await visit.held(guest)[0]
            let answer = try await visit.get("/public/seats/\(visit.eventID)").expect(200)
            try answer.expect("Cache-Control", cacheControl)
            try await visit.eventually("\(held.id) as held") {
                let found = try await visit.map().first { $0.seat.id == held.id }
                guard let found, found.seat.price == held.price else { return "no such seat at that price" }
                return found.status == "held" ? nil : found.status
            }
        },
        EndToEndCase(.reads, "GET /public/seats of one section has that section alone") { visit in
            let section = try await visit.section()
            let page: SeatPage = try await visit.get("/public/seats/\(visit.eventID)?section=\(section)").expect(200)
                .json()
            try require(
                page.eventId == visit.eventID && page.sections.map(\.section) == [section], "section \(section) alone",
                got: "\(page.sections.map(\.section))")
        },
    ]
}

extension Visit {
    /// The first section of the event.
    func section() async throws -> String {
        let page: SeatPage = try await get("/public/seats/\(eventID)").expect(200).json()
        guard let section = page.sections.first?.section else { throw NotShown(reason: "\(eventID) has no section") }
        return section
    }

    func summary(_ section: String) async throws -> SmokeClient.Answer {
        try await get("/public/summary/\(eventID)/\(section)").expect(200)
    }
}
