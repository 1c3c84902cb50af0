import Testing
import Ticketing

/// Names and instants that no other run uses, so that a store may be shared between runs.
///
/// The instants lie in years to come: a real store's own clock must never decide, and must not delete either.
struct ConformanceSample: Sendable {
    let eventID = RandomSource.system.identifier("event")
    let start: Timestamp
    private let tag = RandomSource.system.identifier("run")

    init() {
        let random = RandomSource.system.bytes(4).reduce(Int64(0)) { $0 << 8 | Int64($1) }
        // From 2036-07-18 on, over about fifteen years, to the tenth of a second.
        start = Timestamp(milliseconds: 2_100_000_000_000 + random * 100)
    }

    func after(_ seconds: Int64, milliseconds: Int64 = 0) -> Timestamp {
        Timestamp(milliseconds: start.milliseconds + seconds * 1_000 + milliseconds)
    }

    func seat(_ number: Int, section: String = "A") -> SeatKey {
        let digits = String(number)
        let name = section + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
        return SeatKey(eventID: eventID, sectionID: section, seatID: name)
    }

    func seats(_ numbers: Int...) -> [SeatKey] { numbers.map { seat($0) } }

    func user(_ name: String) -> String { "\(name)-\(tag)" }

    /// An idempotency key.
    func idem(_ name: String) -> String { "\(name)-\(tag)" }

    func order(_ user: String, _ seats: [SeatKey], intent: String = "intent-1") -> CommitOrder {
        CommitOrder(intentId: intent, eventId: eventID, seatIds: seats.map(\.seatID), userId: user)
    }
}

/// Runs `count` calls at once and gives back what they gave, in the order of their numbers.
func atOnce<Value: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (_ number: Int) async throws -> Value
) async throws -> [Value] {
    try await withThrowingTaskGroup(of: (Int, Value).self) { group in
        for number in 0..<count { group.addTask { (number, try await body(number)) } }
        return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
    }
}

/// What `body` gives as soon as it gives something, asked again and again for up to `limit`.
func eventually<Value>(
    within limit: Duration = .seconds(120), _ comment: Comment, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
        if let value = try await body() { return value }
        try await Task.sleep(for: .milliseconds(50))
    }
    return try #require(try await body(), comment, sourceLocation: sourceLocation)
}
