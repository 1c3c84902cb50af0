import TestSupport
import Testing
import Ticketing

@Suite struct FingerprintTests {
    private let order = CommitOrder(intentId: "int_1", eventId: "event-0001", seatIds: ["R1C1", "R1C2"], userId: "u-1")

    @Test func `it is fixed: it is stored`() {
        #expect(Fingerprint.commit(order) == "6be2ed80ab6c8b9bc37a3fd2731637f71735926284a643335429eb63c58ace6a")
        #expect(
            Fingerprint.paymentIntent(userID: "u-é", eventID: "event-0001", seatIDs: ["R1C10", "R1C2"])
                == "b3a8722b69e3e67c9dbd61ac55a295304cce24fd8639db2f3dc66d214b494ad8")
    }

    @Test func `order and repetition of seats do not count`() {
        let first = Fingerprint.paymentIntent(userID: "u", eventID: "e", seatIDs: ["b", "a", "B"])
        #expect(first == Fingerprint.paymentIntent(userID: "u", eventID: "e", seatIDs: ["B", "a", "b", "a", "B"]))
        var other = order
        other.seatIds = ["R1C2", "R1C1", "R1C2"]
        #expect(Fingerprint.commit(other) == Fingerprint.commit(order))
    }

    @Test func `every value counts, and where it stands`() {
        var digests: Set<String> = [Fingerprint.commit(order)]
        let changes: [(inout CommitOrder) -> Void] = [
            { $0.intentId = "int_2" }, { $0.eventId = "event-0002" }, { $0.userId = "u-2" }, { $0.seatIds = ["R1C1"] },
            { $0.seatIds = ["R1C1", "R1C3"] }, { $0.seatIds = ["R1C1R1C2"] }, { $0.seatIds = ["R1C1,4:R1C2"] },
            { ($0.intentId, $0.userId) = ($0.userId, $0.intentId) },
            { ($0.intentId, $0.eventId) = ("int_1event", "-0001") }, { $0.seatIds = [] },
            { $0.userId = "u-1,7:seatIds,1:1,4:R1C1" },
        ]
        for change in changes {
            var changed = order
            change(&changed)
            #expect(digests.insert(Fingerprint.commit(changed)).inserted, "\(changed)")
        }
        // Another call, and letters that only Swift takes for the same.
        #expect(
            digests.insert(Fingerprint.paymentIntent(userID: "u-1", eventID: "event-0001", seatIDs: order.seatIds))
                .inserted)
        #expect(
            Fingerprint.paymentIntent(userID: "e\u{301}", eventID: "e", seatIDs: ["a"])
                != Fingerprint.paymentIntent(userID: "\u{e9}", eventID: "e", seatIDs: ["a"]))
        #expect(
            Fingerprint.paymentIntent(userID: "u", eventID: "e", seatIDs: ["e\u{301}", "\u{e9}"])
                == Fingerprint.paymentIntent(userID: "u", eventID: "e", seatIDs: ["\u{e9}", "e\u{301}"]))
        #expect(
            Fingerprint.paymentIntent(userID: "u", eventID: "e", seatIDs: ["e\u{301}", "\u{e9}"])
                != Fingerprint.paymentIntent(userID: "u", eventID: "e", seatIDs: ["e\u{301}"]))
    }

    @Test func `different bodies of a few letters have different fingerprints`() {
        var generator = SeededGenerator(seed: 41)
        func text() -> String {
            String(
                (0..<Int.random(in: 0...3, using: &generator)).compactMap { _ in "1:,".randomElement(using: &generator)
                })
        }
        var bodies: [String: String] = [:]
        for _ in 0..<5_000 {
            let (user, event) = (text(), text())
            let seats = (0..<Int.random(in: 0...3, using: &generator)).map { _ in text() }
            let body = "\([user, event])\(Set(seats).sorted())"
            let digest = Fingerprint.paymentIntent(userID: user, eventID: event, seatIDs: seats)
            #expect(bodies.updateValue(body, forKey: digest) ?? body == body)
        }
        #expect(bodies.count > 1_000)
    }
}
