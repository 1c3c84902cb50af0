internal import GRDB
public import Ticketing

extension SQLiteHoldStore {
    /// Marks seats sold that have a ticket and lost their state: those that are free, or pinned by the same commit.
    ///
    /// Repeating it changes nothing.
    /// - Returns: the ids of those that are somebody's under another name, untouched (sorted).
    public func restoreSale(_ sale: CommitSettlement, now: Timestamp) async throws -> [String] {
        try await database.write(Self.store) { db in
            var taken: [String] = []
            for (seat, state) in zip(sale.seats, try db.states(of: sale.seats)) {
                guard sale.canRestore(state, at: now) else {
                    taken.append(seat.seatID)
                    continue
                }
                try db.put(.sold(userID: sale.userID, idem: sale.idem), seat: seat)
            }
            return taken.sorted()
        }
    }
}

extension CommitSettlement {
    /// Whether a seat in this state may become sold by the settlement's commit.
    func canRestore(_ state: SeatState?, at now: Timestamp) -> Bool {
        switch state {
        case .pinned(_, let idem), .sold(_, let idem): idem == self.idem
        case .held, nil: !(state?.isTaken(at: now) ?? false)
        }
    }
}
