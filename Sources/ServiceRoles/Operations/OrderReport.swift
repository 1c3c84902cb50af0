internal import Foundation
public import Ticketing

/// Everything the stores know under one idempotency key.
public struct OrderReport: Sendable, Encodable {
    public var idem: String
    public var order: OrderView?
    public var payment: PaymentView?
    /// The commit's record in the hold store: the promise behind a 202, or the refusal.
    public var commit: CommitView?
    /// What was quoted under the key, or what the order was quoted as.
    public var intents: [IntentView]
    public var seats: [SeatView]
    /// A queue cannot be searched.
    public var message = "unknown"

    public struct OrderView: Sendable, Encodable {
        public var orderId: String
        /// PROCESSING while only the promise stands.
        public var status: Order.Status
        public var reason: RejectionReason?
        public var userId: String
        public var eventId: String
        public var intentId: String
        public var total: Int64
        public var currency: String
        public var createdAt: String
        public var tickets: [TicketView]
    }

    public struct TicketView: Sendable, Encodable {
        public var ticketId: String
        public var seatId: String
        public var price: Int64
    }

    public struct PaymentView: Sendable, Encodable {
        public var status: Payment.Status
        public var amount: Int64
        public var currency: String
        public var providerRef: String
    }

    public struct CommitView: Sendable, Encodable {
        public var createdAt: String
        /// HTTP status of the answer that was refused; nil: accepted.
        public var refused: Int?
    }

    public struct IntentView: Sendable, Encodable {
        public var intentId: String
        public var userId: String
        public var eventId: String
        public var seatIds: [String]
        public var amount: Int64
        public var currency: String
        public var expiresAt: String
    }

    public struct SeatView: Sendable, Encodable {
        public var seatId: String
        /// free, held, pinned, sold; unknown: not of the event's catalogue.
        public var state: String
        /// Whether the state is this key's.
        public var isOwn: Bool
        public var until: String?
    }

    /// - Returns: nil when nothing is known under the key.
    /// - Throws: `StoreError`.
    public static func find(_ idem: String, in backends: Backends, now: Timestamp) async throws -> OrderReport? {
        let decided = try await backends.ledger.order(idem: idem)
        let record = try await backends.holds.commit(idem: idem)
        var intents = try await backends.ledger.intents(idem: idem)
        let intentID = decided?.order.intentID ?? record?.order.intentId
        var payment = decided?.payment
        if let intentID, let found = try await backends.ledger.intent(intentID) {
            if !intents.contains(where: { $0.intentID == intentID }) { intents.append(found.intent) }
            payment = payment ?? found.payment
        } else if let only = intents.first, intents.count == 1 {
            payment = try await backends.ledger.intent(only.intentID)?.payment
        }
        guard decided != nil || record != nil || !intents.isEmpty else { return nil }
        let quoted = intents.first { $0.intentID == intentID } ?? intents.first
        let eventID = decided?.order.eventID ?? record?.order.eventId ?? intents.first?.eventID ?? ""
        let seatIDs = decided?.order.seatIDs ?? record?.order.seatIds ?? intents.first?.seatIDs ?? []
        return OrderReport(
            idem: idem, order: decided.map { view($0.order) } ?? promise(record, quoted),
            payment: payment.map(view),
            commit: record.map { CommitView(createdAt: $0.createdAt.iso8601, refused: $0.refusal?.status) },
            intents: intents.map(view),
            seats: try await seats(seatIDs, eventID: eventID, idem: idem, user: quoted?.userID, backends, now))
    }

    /// One line a fact.
    public var lines: [String] {
        var lines = ["key        \(idem)"]
        if let order {
            let reason = order.reason.map { " (\($0.rawValue))" } ?? ""
            lines.append("order      \(order.orderId)  \(order.status.rawValue)\(reason)")
            lines.append("           of \(order.userId) for \(order.eventId), made \(order.createdAt)")
            lines.append("total      \(order.total) \(order.currency)")
        } else if let refused = commit?.refused {
            lines.append("order      none: the commit was refused with \(refused)")
        } else {
            lines.append("order      none: no commit under this key")
        }
        lines += (order?.tickets ?? []).map { "ticket     \($0.ticketId)  \($0.seatId)  \($0.price)" }
        lines += intents.map { intent in
            "intent     \(intent.intentId)  \(intent.amount) \(intent.currency) for "
                + "\(intent.seatIds.joined(separator: ", ")) until \(intent.expiresAt)"
        }
        lines.append(
            "payment    "
                + (payment.map { "\($0.status.rawValue)  \($0.amount) \($0.currency)  \($0.providerRef)" } ?? "none"))
        lines += seats.map { seat in
            let owner = seat.isOwn ? "by this purchase" : seat.state == "free" ? "" : "by another"
            return "seat       \(seat.seatId)  \(seat.state)" + (owner.isEmpty ? "" : " \(owner)")
                + (seat.until.map { " until \($0)" } ?? "")
        }
        lines.append("message    \(message): a queue cannot be searched; see `tickctl dlq list`")
        return lines
    }

    // MARK: - Parts

    private static func promise(_ record: CommitRecord?, _ quoted: Intent?) -> OrderView? {
        guard let record, record.refusal == nil else { return nil }
        return OrderView(
            orderId: orderID(idem: record.idem), status: .processing, userId: record.order.userId,
            eventId: record.order.eventId, intentId: record.order.intentId, total: quoted?.amountMinor ?? 0,
            currency: quoted?.currency ?? "XXX", createdAt: record.createdAt.iso8601, tickets: [])
    }

    private static func view(_ order: Order) -> OrderView {
        OrderView(
            orderId: order.orderID, status: order.status, reason: order.reason, userId: order.userID,
            eventId: order.eventID, intentId: order.intentID, total: order.totalMinor, currency: order.currency,
            createdAt: order.createdAt.iso8601,
            tickets: order.tickets.map {
                TicketView(ticketId: $0.ticketID, seatId: $0.seatID, price: $0.priceMinor)
            })
    }

    private static func view(_ payment: Payment) -> PaymentView {
        PaymentView(
            status: payment.status, amount: payment.amountMinor, currency: payment.currency,
            providerRef: payment.providerRef)
    }

    private static func view(_ intent: Intent) -> IntentView {
        IntentView(
            intentId: intent.intentID, userId: intent.userID, eventId: intent.eventID, seatIds: intent.seatIDs,
            amount: intent.amountMinor, currency: intent.currency, expiresAt: intent.expiresAt.iso8601)
    }

    private static func seats(
        _ seatIDs: [String], eventID: String, idem: String, user: String?, _ backends: Backends, _ now: Timestamp
    ) async throws -> [SeatView] {
        let states = try await SeatLookup(backends).states(of: seatIDs, eventID: eventID)
        return seatIDs.map { seatID in
            guard let found = states[seatID] else { return SeatView(seatId: seatID, state: "unknown", isOwn: false) }
            switch found {
            case .held(let held)? where now < held.expiresAt:
                return SeatView(
                    seatId: seatID, state: "held", isOwn: user.map(held.userID.isSameText) ?? false,
                    until: held.expiresAt.iso8601)
            case .pinned(_, let other)?: return SeatView(seatId: seatID, state: "pinned", isOwn: other == idem)
            case .sold(_, let other)?: return SeatView(seatId: seatID, state: "sold", isOwn: other == idem)
            case .held?, nil: return SeatView(seatId: seatID, state: "free", isOwn: false)
            }
        }
    }
}

/// Finds seats in the hold store by their ids alone.
struct SeatLookup {
    private let backends: Backends

    init(_ backends: Backends) { self.backends = backends }

    /// By seat id: its state, or none for a free one; a seat that the catalogue does not have is absent.
    func states(of seatIDs: [String], eventID: String) async throws -> [String: SeatState?] {
        guard let index = try await backends.ledger.catalogue(eventID: eventID).map(CatalogueIndex.init) else {
            return [:]
        }
        let keys = seatIDs.compactMap { index.key($0) }
        var states: [String: SeatState?] = [:]
        for sectionID in Set(keys.map(\.sectionID)) {
            let section = try await backends.holds.seats(eventID: eventID, sectionID: sectionID)
            for key in keys where key.sectionID == sectionID {
                states.updateValue(section[key.seatID], forKey: key.seatID)
            }
        }
        return states
    }
}
