import CurlTransport
import Synchronization
import Ticketing

/// A visit to a platform by buyers who put it to the test: who they are, and what they have taken of it.
final class Visit: Sendable {
    struct Seat: Sendable, Equatable {
        var section: String
        var id: String
        /// In minor units.
        var price: Int64
    }

    /// A user with a place in the waiting room.
    struct Guest: Sendable {
        var userID: String
        var token: String
    }

    private struct State {
        /// Nobody's when the map was read, and not given out yet; nil: the map was not read.
        var free: [Seat]?
        var held: [(guest: Guest, seats: [String])] = []
        var numbers = 0
    }

    let client: SmokeClient
    let eventID: String
    /// nil: payments cannot be reported.
    let webhookSecret: [UInt8]?
    /// For an answer, an admission, an order.
    let patience: Duration
    private let runID = RandomSource.system.identifier("e2e")
    private let state = Mutex(State())

    init(_ client: SmokeClient, eventID: String, webhookSecret: [UInt8]?, patience: Duration) {
        self.client = client
        self.eventID = eventID
        self.webhookSecret = webhookSecret
        self.patience = patience
    }

    // MARK: - Calls

    /// - Parameter path: from /public or /confirm on.
    func url(_ path: String) -> String {
        (path.hasPrefix("/confirm") ? client.confirmURL : client.publicURL) + path
    }

    func get(_ path: String, _ headers: [String: String] = [:]) async throws -> SmokeClient.Answer {
        try await client.get(url(path), headers: Self.fields(headers))
    }

    func post(_ path: String, _ body: VisitBody, _ headers: [String: String] = [:]) async throws
        -> SmokeClient.Answer
    {
        try await client.post(url(path), body, headers: Self.fields(headers))
    }

    func post(_ path: String, text: String, _ headers: [String: String] = [:]) async throws -> SmokeClient.Answer {
        try await post(path, bytes: Array(text.utf8), headers)
    }

    func post(_ path: String, bytes: [UInt8], _ headers: [String: String] = [:]) async throws -> SmokeClient.Answer {
        try await client.post(url(path), bytes: bytes, headers: Self.fields(headers))
    }

    private static func fields(_ headers: [String: String]) -> HTTPHeaders {
        HTTPHeaders(headers.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) })
    }

    // MARK: - Names

    private func number() -> Int {
        state.withLock { state in
            state.numbers += 1
            return state.numbers
        }
    }

    /// A user nobody was before.
    func user() -> String { "\(runID)-u\(number())" }

    /// An idempotency key nobody used before.
    func key() -> String { "\(runID)-k\(number())" }

    // MARK: - Guests

    func enter(_ userID: String) async throws -> SmokeClient.Answer {
        try await post("/public/enter", VisitBody(userId: userID, eventId: eventID))
    }

    func standing(_ token: String) async throws -> SmokeClient.Answer {
        try await get("/public/room-status?token=\(token)")
    }

    /// A new user whose turn it is.
    func guest() async throws -> Guest {
        let userID = user()
        let place: RoomPlace = try await enter(userID).expect(200).json()
        let guest = Guest(userID: userID, token: place.roomToken)
        try await eventually("to be admitted") {
            let standing: RoomStanding = try await self.standing(guest.token).expect(200).json()
            return standing.ready ? nil : "\(standing.position) before this buyer"
        }
        return guest
    }

    // MARK: - Seats

    /// The whole map.
    func map() async throws -> [(seat: Seat, status: String)] {
        var seats: [(Seat, String)] = []
        var cursor: String?
        repeat {
            let query = cursor.map { "?cursor=\($0)" } ?? ""
            let page: SeatPage = try await get("/public/seats/\(eventID)\(query)").expect(200).json()
            for section in page.sections {
                seats += section.seats.map {
                    (Seat(section: section.section, id: $0.seatId, price: $0.price), $0.status)
                }
            }
            cursor = page.cursor
        } while cursor != nil
        return seats
    }

    /// Free seats that no other case was given. Other buyers may still take them first.
    func seats(_ count: Int) async throws -> [Seat] {
        if state.withLock({ $0.free == nil }) {
            let free = try await map().filter { $0.status == "available" }.map(\.seat).shuffled()
            state.withLock { $0.free = free }
        }
        let taken = state.withLock { state -> [Seat]? in
            guard let free = state.free, free.count >= count else { return nil }
            state.free?.removeLast(count)
            return free.suffix(count)
        }
        guard let taken else { throw NotShown(reason: "\(eventID) has too few free seats") }
        return taken
    }

    func hold(_ guest: Guest, _ seats: [String]) async throws -> SmokeClient.Answer {
        let answer = try await post(
            "/public/hold", VisitBody(eventId: eventID, seatIds: seats), ["x-room-token": guest.token])
        if answer.status == 200 { state.withLock { $0.held.append((guest, seats)) } }
        return answer
    }

    /// New seats, held by the guest. Others buy, too: other seats are tried when some are gone.
    func held(_ guest: Guest, _ count: Int = 1) async throws -> [Seat] {
        var last: SmokeClient.Answer?
        for _ in 0..<5 {
            let seats = try await seats(count)
            let answer = try await hold(guest, seats.map(\.id))
            if answer.status == 200 { return seats }
            last = answer
            guard answer.status == 409 else { break }
        }
        _ = try last?.expect(200)
        throw SmokeFailure(expected: "\(count) seats to hold", got: "none were free")
    }

    func release(_ guest: Guest, _ seats: [String]) async throws -> Bool {
        struct Body: Decodable { var released: Bool }
        let body: Body = try await post(
            "/public/release", VisitBody(eventId: eventID, seatIds: seats), ["x-room-token": guest.token]
        ).expect(200).json()
        return body.released
    }

    /// Whatever is still held and was not bought is given back.
    func giveBack() async {
        let held = state.withLock { state in
            defer { state.held = [] }
            return state.held
        }
        for (guest, seats) in held { _ = try? await release(guest, seats) }
    }

    // MARK: - Waiting

    /// - Parameter look: nil when it is as expected; else what it is.
    /// - Throws: `SmokeFailure` when the time is over.
    func eventually(
        _ expected: String, within limit: Duration? = nil, _ look: () async throws -> String?
    ) async throws {
        let limit = limit ?? patience
        let deadline = ContinuousClock.now + limit
        while let got = try await look() {
            guard ContinuousClock.now < deadline else {
                throw SmokeFailure(expected: "\(expected) within \(limit)", got: got)
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}
