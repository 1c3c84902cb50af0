public import Ticketing

/// What the stores say of one event, read one after the other.
public struct EventFacts: Sendable {
    public var catalogue: EventCatalogue
    /// State by seat id, by section.
    public var states: [String: [String: SeatState]]
    /// The ledger's orders, by idempotency key.
    public var orders: [String: SoldOrder]
    /// Live tickets.
    public var tickets: [SoldTicket]
    /// Payments of the event's intents, by intent.
    public var payments: [String: Capture]
    /// Records behind pinned seats, by idempotency key.
    public var commits: [String: CommitRecord]
    /// Records that the queue may never have got.
    public var unsent: [CommitRecord]

    public init(
        catalogue: EventCatalogue, states: [String: [String: SeatState]] = [:], orders: [String: SoldOrder] = [:],
        tickets: [SoldTicket] = [], payments: [String: Capture] = [:], commits: [String: CommitRecord] = [:],
        unsent: [CommitRecord] = []
    ) {
        self.catalogue = catalogue
        self.states = states
        self.orders = orders
        self.tickets = tickets
        self.payments = payments
        self.commits = commits
        self.unsent = unsent
    }

    /// An order as the ledger has it.
    public struct SoldOrder: Sendable, Equatable {
        public var orderID: String
        public var userID: String
        public var intentID: String
        public var seatIDs: [String]
        public var status: Order.Status
        public var totalMinor: Int64

        public init(
            orderID: String, userID: String, intentID: String, seatIDs: [String], status: Order.Status,
            totalMinor: Int64
        ) {
            self.orderID = orderID
            self.userID = userID
            self.intentID = intentID
            self.seatIDs = seatIDs
            self.status = status
            self.totalMinor = totalMinor
        }
    }

    public struct SoldTicket: Sendable, Equatable {
        public var ticketID: String
        public var orderID: String
        public var seatID: String
        public var priceMinor: Int64

        public init(ticketID: String, orderID: String, seatID: String, priceMinor: Int64) {
            self.ticketID = ticketID
            self.orderID = orderID
            self.seatID = seatID
            self.priceMinor = priceMinor
        }
    }

    public struct Capture: Sendable, Equatable {
        public var status: Payment.Status
        /// Of a captured payment.
        public var orderID: String?
        public var amountMinor: Int64

        public init(status: Payment.Status, orderID: String?, amountMinor: Int64) {
            self.status = status
            self.orderID = orderID
            self.amountMinor = amountMinor
        }
    }
}

/// Something the stores do not agree on.
public struct Difference: Sendable, Hashable, Encodable {
    public enum Kind: String, Sendable, Encodable, CaseIterable {
        /// A seat is pinned, and there is neither a commit record nor an order under its key.
        case pinWithoutRecord = "pin_without_record"
        /// A seat is pinned although its order is decided.
        case pinUnsettled = "pin_unsettled"
        /// A seat is sold in the hold store, and has no live ticket.
        case soldWithoutTicket = "sold_without_ticket"
        /// A seat has a ticket of another order than the hold store sold it to.
        case soldToAnother = "sold_to_another"
        /// A seat has a live ticket and is not sold in the hold store.
        case ticketWithoutSale = "ticket_without_sale"
        /// More than one live ticket for a seat.
        case soldTwice = "sold_twice"
        /// A state, or a ticket, of a seat that the catalogue does not have.
        case seatUnknown = "seat_unknown"
        /// A promise that the queue never got.
        case commitUnsent = "commit_unsent"
        /// A promise that no worker has decided for too long.
        case commitUndecided = "commit_undecided"
        /// A captured payment without a confirmed order.
        case paymentWithoutOrder = "payment_without_order"
        /// A confirmed order whose total, tickets and payment are not one amount, or whose tickets are not its seats.
        case amounts
    }

    public var kind: Kind
    public var event: String
    /// A seat, a key or an intent.
    public var subject: String
    /// What was found where.
    public var detail: String

    public static func == (left: Difference, right: Difference) -> Bool {
        (left.kind, left.event, left.subject) == (right.kind, right.event, right.subject)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(event)
        hasher.combine(subject)
    }
}

/// How an event's seats stand; together they are its capacity.
public struct SeatCounts: Sendable, Encodable, Equatable {
    public var event: String
    public var section: String
    public var capacity: Int
    public var free: Int
    public var held: Int
    public var pinned: Int
    public var sold: Int
    public var tickets: Int
}

/// Compares what the stores say of an event.
public struct Reconciliation: Sendable {
    private let facts: EventFacts
    private let index: CatalogueIndex
    private let now: Timestamp
    private let patience: Duration
    private let keys: [String: String]

    /// - Parameter patience: how long a commit may be under way.
    public init(_ facts: EventFacts, now: Timestamp, patience: Duration) {
        self.facts = facts
        self.now = now
        self.patience = patience
        index = CatalogueIndex(facts.catalogue)
        keys = Dictionary(facts.orders.map { ($0.value.orderID, $0.key) }, uniquingKeysWith: { first, _ in first })
    }

    private var event: String { facts.catalogue.event.id }

    /// By kind and subject.
    public var differences: [Difference] {
        (seats + sales + promises + money).sorted { ($0.kind.rawValue, $0.subject) < ($1.kind.rawValue, $1.subject) }
    }

    public var counts: [SeatCounts] {
        let ticketed = Set(facts.tickets.map(\.seatID))
        return facts.catalogue.sections.map { section in
            let counts = SectionCounts(of: section, states: facts.states[section.id] ?? [:], at: now)
            return SeatCounts(
                event: event, section: section.id, capacity: section.seats.count, free: counts.free,
                held: counts.held, pinned: counts.pinned, sold: counts.sold,
                tickets: section.seats.count { ticketed.contains($0.id) })
        }
    }

    private func difference(_ kind: Difference.Kind, _ subject: String, _ detail: String) -> Difference {
        Difference(kind: kind, event: event, subject: subject, detail: detail)
    }

    private func state(_ seatID: String) -> SeatState? {
        index.key(seatID).flatMap { facts.states[$0.sectionID]?[seatID] }
    }

    /// The hold store, seat by seat.
    private var seats: [Difference] {
        let ticketed = Dictionary(facts.tickets.map { ($0.seatID, $0) }, uniquingKeysWith: { first, _ in first })
        var found: [Difference] = []
        for (sectionID, states) in facts.states {
            for (seatID, state) in states {
                guard index.key(seatID)?.sectionID == sectionID else {
                    found.append(
                        difference(.seatUnknown, seatID, "the hold store has it in section \(sectionID)"))
                    continue
                }
                switch state {
                case .held: break
                case .pinned(_, let idem): found += pin(seatID, idem)
                case .sold(_, let idem):
                    guard let ticket = ticketed[seatID] else {
                        found.append(difference(.soldWithoutTicket, seatID, "sold under key \(idem), without a ticket"))
                        continue
                    }
                    if keys[ticket.orderID] != idem {
                        found.append(
                            difference(
                                .soldToAnother, seatID,
                                "sold under key \(idem), its ticket \(ticket.ticketID) is of order \(ticket.orderID)"))
                    }
                }
            }
        }
        return found
    }

    private func pin(_ seatID: String, _ idem: String) -> [Difference] {
        if let order = facts.orders[idem] {
            return [
                difference(.pinUnsettled, seatID, "pinned under key \(idem), whose order is \(order.status.rawValue)")
            ]
        }
        guard facts.commits[idem] == nil else { return [] }
        return [difference(.pinWithoutRecord, seatID, "pinned under key \(idem), without a record and an order")]
    }

    /// The ledger, ticket by ticket.
    private var sales: [Difference] {
        var found: [Difference] = []
        for (seatID, tickets) in Dictionary(grouping: facts.tickets, by: \.seatID) {
            guard index.key(seatID) != nil else {
                found.append(difference(.seatUnknown, seatID, "it has the ticket \(tickets[0].ticketID)"))
                continue
            }
            if tickets.count > 1 {
                let orders = tickets.map(\.orderID).sorted().joined(separator: ", ")
                found.append(difference(.soldTwice, seatID, "it has tickets of the orders \(orders)"))
            }
            let key = keys[tickets[0].orderID]
            switch state(seatID) {
            case .sold: break
            case .pinned(_, let idem) where idem == key: break  // Told as a pin that is not settled.
            case let state:
                let words =
                    switch state {
                    case .held(let held)? where now < held.expiresAt: "held until \(held.expiresAt.iso8601)"
                    case .pinned(_, let idem)?: "pinned under key \(idem)"
                    default: "free"
                    }
                found.append(
                    difference(
                        .ticketWithoutSale, seatID, "the ticket \(tickets[0].ticketID) stands, and the seat is \(words)"
                    ))
            }
        }
        return found
    }

    /// The commit records.
    private var promises: [Difference] {
        func isOld(_ record: CommitRecord) -> Bool { now - record.createdAt >= patience }
        let unsent = facts.unsent.filter { isOld($0) }
        let unsentKeys = Set(unsent.map(\.idem))
        let undecided = facts.commits.values.filter { record in
            isOld(record) && record.refusal == nil && facts.orders[record.idem] == nil
                && !unsentKeys.contains(record.idem)
        }
        return unsent.map {
            difference(.commitUnsent, $0.idem, "accepted \($0.createdAt.iso8601), the queue never got it")
        }
            + undecided.map {
                difference(.commitUndecided, $0.idem, "accepted \($0.createdAt.iso8601), and there is no order")
            }
    }

    private var money: [Difference] {
        var found: [Difference] = []
        let confirmed = facts.orders.filter { $0.value.status == .confirmed }
        let confirmedIDs = Set(confirmed.values.map(\.orderID))
        for (intentID, payment) in facts.payments where payment.status == .captured {
            guard let orderID = payment.orderID, confirmedIDs.contains(orderID) else {
                found.append(
                    difference(
                        .paymentWithoutOrder, intentID,
                        "\(payment.amountMinor) captured for \(payment.orderID ?? "no order"), which is not confirmed"))
                continue
            }
        }
        let tickets = Dictionary(grouping: facts.tickets, by: \.orderID)
        for (idem, order) in confirmed {
            let own = tickets[order.orderID] ?? []
            let sum = own.reduce(into: Int64(0)) { $0 &+= $1.priceMinor }
            let payment = facts.payments[order.intentID]
            let isOneAmount = order.totalMinor == sum && payment?.amountMinor == sum
            let isPaid = payment?.status == .captured && payment?.orderID == order.orderID
            guard isOneAmount, isPaid, own.map(\.seatID).sorted() == order.seatIDs.sorted() else {
                let paid = payment.map { "\($0.amountMinor) \($0.status.rawValue)" } ?? "none"
                found.append(
                    difference(
                        .amounts, idem,
                        "order \(order.orderID): total \(order.totalMinor), \(own.count) tickets of "
                            + "\(order.seatIDs.count) seats for \(sum), payment \(paid)"))
                continue
            }
        }
        return found
    }
}
