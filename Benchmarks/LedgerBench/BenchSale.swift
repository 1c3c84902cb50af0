import Foundation
import Synchronization
import TicketStores
import Ticketing

/// An event of many seats, and buyers who never come twice.
final class BenchSale: Sendable {
    struct NotConfirmed: Error {}

    enum Way: String {
        case plain, grouped
    }

    let catalogue: EventCatalogue
    private let index: CatalogueIndex
    private let seatIDs: [String]
    private let round = Atomic(0)
    private let nextSeat = Atomic(0)
    private let start = Timestamp.now()

    init(seats: Int) throws {
        let width = 1_000
        let all = (0..<seats).map {
            EventCatalogue.Seat(
                id: "R\($0 / width + 1)C\($0 % width + 1)", row: $0 / width + 1, number: $0 % width + 1,
                priceMinor: 15_000)
        }
        catalogue = try EventCatalogue(
            event: .init(
                id: "bench", name: "Bench", currency: "JPY", salesOpenAt: Date(timeIntervalSince1970: 0),
                startsAt: Date(timeIntervalSince1970: 2_051_258_400), purchaseLimit: 10),
            sections: [.init(id: "A", name: "A", seats: all)])
        index = CatalogueIndex(catalogue)
        seatIDs = all.map(\.id)
    }

    func nextRound() { round.wrappingAdd(1, ordering: .relaxed) }

    /// What `POST /confirm/payment-intent` records for a buyer.
    func answer(_ way: Way, _ number: Int) throws -> IntentAnswer {
        let name = "\(way.rawValue)-\(round.load(ordering: .relaxed))-\(number)"
        return answer(try intent(name, seat: seatIDs[number % seatIDs.count]))
    }

    private func intent(_ name: String, seat: String) throws -> Intent {
        try Intent(
            intentID: "int-\(name)", userID: "user-\(name)", seatIDs: [seat], of: index, createdAt: start,
            expiresAt: start + .seconds(120))
    }

    private func answer(_ intent: Intent) -> IntentAnswer {
        let idem = "key-\(intent.intentID)"
        let stored = StoredAnswer(
            status: 201, location: "/confirm/status?idem=\(idem)",
            body: #"{"amount":\#(intent.amountMinor),"currency":"JPY","intentId":"\#(intent.intentID)"}"#)
        return IntentAnswer(
            userID: intent.userID, idem: idem,
            recorded: RecordedAnswer(
                fingerprint: Fingerprint.paymentIntent(
                    userID: intent.userID, eventID: intent.eventID, seatIDs: intent.seatIDs), answer: stored),
            intent: intent)
    }

    /// Commits of `count` buyers, each of a seat of its own, whose intents stand in the ledger.
    func quote(_ count: Int, in ledger: PostgresLedger, callers: Int) async throws -> [DecisionRequest] {
        let first = nextSeat.wrappingAdd(count, ordering: .relaxed).oldValue
        let intents = try (first..<first + count).map { try intent("order-\($0)", seat: seatIDs[$0]) }
        _ = try await measure(count, callers: callers) { _, number in
            _ = try await ledger.record(self.answer(intents[number]))
        }
        return intents.map { intent in
            DecisionRequest(
                idem: "commit-\(intent.intentID)",
                order: CommitOrder(
                    intentId: intent.intentID, eventId: intent.eventID, seatIds: intent.seatIDs, userId: intent.userID),
                acceptedAt: start)
        }
    }
}
