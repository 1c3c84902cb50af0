internal import AWSServices
public import Ticketing

extension DynamoDBHoldStore {
    /// Marks seats sold that have a ticket and lost their state: those that are free, or pinned by the same commit.
    ///
    /// Repeating it changes nothing.
    /// - Returns: the ids of those that are somebody's under another name, untouched (sorted).
    public func restoreSale(_ sale: CommitSettlement, now: Timestamp) async throws -> [String] {
        guard let eventID = sale.seats.first?.eventID else { return [] }
        for _ in 0..<Self.attempts {
            let items = try await calls.read(
                sale.seats.map(SeatItem.key) + [UserAllowance.key(eventID: eventID, userID: sale.userID)])
            let states = try SeatItem.states(items)
            let taken = sale.seats.filter { !sale.canRestore(states[$0.seatID], at: now) }
            let free = sale.seats.filter { seat in !taken.contains(seat) && !(states[seat.seatID].isOf(sale.idem)) }
            do {
                try await put(free, of: sale, items: items, now: now)
            } catch is LostRace {
                continue
            }
            for seat in sale.seats where states[seat.seatID].isOf(sale.idem) {
                try await calls.markSold(seat, idem: sale.idem)
            }
            return taken.map(\.seatID).sorted()
        }
        throw StoreError(.overloaded, store: DynamoDBCalls.store, "others keep changing the seats of a sale")
    }

    /// The seats and what they count against the user's limit, in one transaction.
    private func put(
        _ seats: [SeatKey], of sale: CommitSettlement, items: [DynamoDB.Item], now: Timestamp
    ) async throws {
        guard let eventID = seats.first?.eventID else { return }
        let standing =
            items.lazy.compactMap { UserAllowance($0, eventID: eventID, userID: sale.userID) }.first
            ?? UserAllowance(eventID: eventID, userID: sale.userID)
        var allowance = standing
        allowance.forgetExpired(at: now)
        for seat in seats { allowance.seats[seat.seatID] = .init(holdID: sale.idem, expiresAt: nil) }
        let sold = SeatState.sold(userID: sale.userID, idem: sale.idem)
        try await calls.transact(
            seats.map { .put(calls.putFree($0, sold, now: now)) }
                + [.put(calls.put(allowance, after: standing, now: now))])
    }
}

extension SeatState? {
    /// Whether the seat is pinned or sold by this commit.
    fileprivate func isOf(_ idem: String) -> Bool {
        switch self {
        case .pinned(_, idem), .sold(_, idem): true
        default: false
        }
    }
}
