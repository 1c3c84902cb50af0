internal import GRDB
internal import Ticketing

extension SeatState {
    /// - Parameter row: state, user_id, hold_id, expires_at, idem.
    init(row: Row) throws(StoreError) {
        let (state, userID): (String, String) = (row[0], row[1])
        switch (state, row[2] as String?, row[3] as Int64?, row[4] as String?) {
        case ("held", let holdID?, let expiry?, _):
            self = .held(
                HeldSeat(holdID: holdID, userID: userID, expiresAt: Timestamp(milliseconds: expiry)))
        case ("pinned", _, _, let idem?): self = .pinned(userID: userID, idem: idem)
        case ("sold", _, _, let idem?): self = .sold(userID: userID, idem: idem)
        default: throw StoreError(.invalid, store: "hold store", "a seat's state cannot be read")
        }
    }

    /// The hold that the user has on the seat at `now`.
    func liveHold(ofUser userID: String, at now: Timestamp) -> HeldSeat? {
        if case .held(let held) = self, held.isOf(userID), now < held.expiresAt { held } else { nil }
    }
}

extension SeatState.HeldSeat {
    func isOf(_ userID: String) -> Bool { self.userID.isSameText(as: userID) }
}

extension SeatState? {
    /// Whether the user cannot have the seat at `now`.
    func isTaken(forUser userID: String, at now: Timestamp) -> Bool {
        guard let self, self.isTaken(at: now) else { return false }
        return self.liveHold(ofUser: userID, at: now) == nil
    }
}

extension Database {
    /// The state of each seat, in order; nil for one without a record.
    func states(of seats: [SeatKey]) throws -> [SeatState?] {
        try seats.map { seat in
            try row(
                """
                SELECT state, user_id, hold_id, expires_at, idem
                FROM seat_states WHERE event_id = ? AND section_id = ? AND seat_id = ?
                """,
                [seat.eventID, seat.sectionID, seat.seatID]
            ).map { try SeatState(row: $0) }
        }
    }

    func put(_ state: SeatState, seat: SeatKey) throws {
        let name: String
        let columns: (userID: String, holdID: String?, expiry: Int64?, idem: String?)
        switch state {
        case .held(let held): (name, columns) = ("held", (held.userID, held.holdID, held.expiresAt.milliseconds, nil))
        case .pinned(let userID, let idem): (name, columns) = ("pinned", (userID, nil, nil, idem))
        case .sold(let userID, let idem): (name, columns) = ("sold", (userID, nil, nil, idem))
        }
        try run(
            """
            INSERT OR REPLACE INTO seat_states
                (event_id, section_id, seat_id, state, user_id, hold_id, expires_at, idem)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                seat.eventID, seat.sectionID, seat.seatID, name, columns.userID, columns.holdID, columns.expiry,
                columns.idem,
            ])
    }

    /// How many seats a hold has at `now`. (Named indexes: SQLite would rather walk all seats of the event.)
    func liveSeatCount(of holdID: String, userID: String, eventID: String, now: Timestamp) throws -> Int {
        try int(
            """
            SELECT count(*) FROM seat_states INDEXED BY seat_states_user
            WHERE event_id = ? AND user_id = ? AND hold_id = ? AND expires_at > ?
            """,
            [eventID, userID, holdID, now.milliseconds])
    }

    /// Whether the user may have `seats`, of which `own` count already.
    func isWithinLimit(
        _ limit: Int, userID: String, taking seats: [SeatKey], _ own: Int, _ now: Timestamp
    ) throws -> Bool {
        guard let eventID = seats.first?.eventID else { return true }
        let count = try int(
            """
            SELECT count(*) FROM seat_states INDEXED BY seat_states_user
            WHERE event_id = ? AND user_id = ? AND (state <> 'held' OR expires_at > ?)
            """,
            [eventID, userID, now.milliseconds])
        return count - own + seats.count <= limit
    }
}
