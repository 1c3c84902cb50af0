public import Ticketing

/// Reads the stores of an event, finds what they do not agree on, and repairs what can be repaired without a doubt.
public struct Reconciler: Sendable {
    /// Reads the ledger's orders, tickets and payments of an event into the facts.
    public typealias LedgerReading = @Sendable (_ facts: inout EventFacts, _ eventID: String) async throws -> Void
    /// Marks the seats of a sale sold that lost their state; returns those that are somebody else's.
    public typealias SaleRestoring = @Sendable (_ sale: CommitSettlement, _ now: Timestamp) async throws -> [String]

    private let backends: Backends
    private let readLedger: LedgerReading
    private let restoreSale: SaleRestoring
    private let now: @Sendable () -> Timestamp
    private let patience: Duration
    /// Between two readings: what is under way differs in one of them only.
    private let pause: Duration
    private static let mostUnsent = 10_000

    public init(
        _ backends: Backends, patience: Duration, pause: Duration = .seconds(2),
        now: @escaping @Sendable () -> Timestamp = Timestamp.now, readLedger: @escaping LedgerReading,
        restoreSale: @escaping SaleRestoring
    ) {
        self.backends = backends
        self.patience = patience
        self.pause = pause
        self.now = now
        self.readLedger = readLedger
        self.restoreSale = restoreSale
    }

    /// What the stores of an event do not agree on.
    public struct Finding: Sendable {
        public var counts: [SeatCounts]
        public var differences: [Difference]
        public var facts: EventFacts
    }

    /// Compares twice, since the stores are read one after the other while a sale goes on; what differs in both counts.
    /// - Returns: nil if there is no such event.
    /// - Throws: `StoreError`, and what the reading of the ledger throws.
    public func find(_ eventID: String) async throws -> Finding? {
        guard let first = try await compare(eventID) else { return nil }
        guard !first.differences.isEmpty else { return first }
        try await Task.sleep(for: pause)
        guard var second = try await compare(eventID) else { return nil }
        let known = Set(first.differences)
        second.differences = second.differences.filter { known.contains($0) }
        return second
    }

    private func compare(_ eventID: String) async throws -> Finding? {
        guard let catalogue = try await backends.ledger.catalogue(eventID: eventID) else { return nil }
        var facts = EventFacts(catalogue: catalogue)
        facts.unsent = try await backends.holds.unsentCommits(before: now(), limit: Self.mostUnsent)
            .filter { $0.order.eventId == eventID && $0.refusal == nil }
        for section in catalogue.sections {
            facts.states[section.id] = try await backends.holds.seats(eventID: eventID, sectionID: section.id)
        }
        try await readLedger(&facts, eventID)
        facts.commits = try await records(of: facts)
        let reconciliation = Reconciliation(facts, now: now(), patience: patience)
        return Finding(counts: reconciliation.counts, differences: reconciliation.differences, facts: facts)
    }

    /// The records behind pins whose order is not decided.
    private func records(of facts: EventFacts) async throws -> [String: CommitRecord] {
        var keys: Set<String> = []
        for state in facts.states.values.flatMap(\.values) {
            if case .pinned(_, let idem) = state, facts.orders[idem] == nil { keys.insert(idem) }
        }
        let holds = backends.holds
        return try await withThrowingTaskGroup(of: CommitRecord?.self) { group in
            var records: [String: CommitRecord] = [:]
            for (index, key) in keys.enumerated() {
                if index >= 16, let record = try await group.next() ?? nil { records[record.idem] = record }
                group.addTask { try await holds.commit(idem: key) }
            }
            for try await record in group { if let record { records[record.idem] = record } }
            return records
        }
    }

    // MARK: - Repair

    /// A difference and what became of it.
    public struct Repair: Sendable {
        public var difference: Difference
        /// Else it was left alone.
        public var isDone: Bool
        /// What was done, or why nothing was.
        public var words: String
    }

    /// Repairs what is safe, in the order given. Never touches money, never frees a pin whose order is undecided.
    public func repair(_ finding: Finding) async -> [Repair] {
        var repairs: [Repair] = []
        for difference in finding.differences {
            do {
                repairs.append(try await repair(difference, finding.facts))
            } catch {
                repairs.append(Repair(difference: difference, isDone: false, words: "failed: \(error)"))
            }
        }
        return repairs
    }

    private func repair(_ difference: Difference, _ facts: EventFacts) async throws -> Repair {
        func done(_ words: String) -> Repair { Repair(difference: difference, isDone: true, words: words) }
        func left(_ words: String) -> Repair { Repair(difference: difference, isDone: false, words: words) }
        switch difference.kind {
        case .commitUnsent, .commitUndecided:
            let record = facts.unsent.first { $0.idem == difference.subject } ?? facts.commits[difference.subject]
            guard let record else { return left("its record is gone") }
            try await backends.queue.send(
                CommitMessage(idem: record.idem, order: record.order, traceHeader: record.traceHeader))
            try await backends.holds.markSent([record.idem])
            return done("sent to the queue; a worker decides it")
        case .pinUnsettled:
            guard let key = CatalogueIndex(facts.catalogue).key(difference.subject),
                case .pinned(let userID, let idem)? = facts.states[key.sectionID]?[key.seatID],
                let order = facts.orders[idem], order.status != .processing
            else { return left("its order is not decided") }
            let isSold = order.status == .confirmed
            try await backends.holds.settle(
                [CommitSettlement(idem: idem, userID: userID, seats: [key], isSold: isSold)], now: now())
            return done(isSold ? "marked sold" : "freed: its order is REJECTED")
        case .ticketWithoutSale:
            return try await restore(difference, facts).map { left($0) } ?? done("marked sold")
        case .pinWithoutRecord:
            return left("whose it is and what for is not known; ask the buyer of the key, then decide by hand")
        case .soldWithoutTicket:
            return left("it may have been paid for elsewhere; see `tickctl orders show` of its key")
        case .soldToAnother, .soldTwice, .seatUnknown, .paymentWithoutOrder, .amounts:
            return left("money and tickets are for people to decide on")
        }
    }

    /// - Returns: why it was left alone; nil: restored.
    private func restore(_ difference: Difference, _ facts: EventFacts) async throws -> String? {
        guard let key = CatalogueIndex(facts.catalogue).key(difference.subject),
            let ticket = facts.tickets.first(where: { $0.seatID == key.seatID }),
            let (idem, order) = facts.orders.first(where: { $0.value.orderID == ticket.orderID })
        else { return "its ticket has no order" }
        let taken = try await restoreSale(
            CommitSettlement(idem: idem, userID: order.userID, seats: [key], isSold: true), now())
        return taken.isEmpty ? nil : "somebody holds it or has it pinned; run this again when that has ended"
    }
}
