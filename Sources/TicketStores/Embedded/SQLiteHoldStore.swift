internal import GRDB
public import Ticketing

/// Holds, pins and commit records on the embedded database.
///
/// Each call is one write in the database's one queue of writes, so what it read is what it changes.
public struct SQLiteHoldStore: HoldStore {
    let database: EmbeddedDatabase
    static let store = "hold store"

    public init(_ database: EmbeddedDatabase) { self.database = database }

    public func hold(_ request: HoldRequest, now: Timestamp) async throws -> HoldOutcome {
        try await database.write(Self.store) { db in
            let states = try db.states(of: request.seats)
            let taken = zip(request.seats, states).filter { $1.isTaken(forUser: request.userID, at: now) }
            guard taken.isEmpty else { return .taken(taken.map(\.0.seatID).sorted()) }

            let own = states.compactMap { $0?.liveHold(ofUser: request.userID, at: now) }
            let expiry = own.map(\.expiresAt).min() ?? request.expiresAt
            if own.count == request.seats.count, let first = own.first, own.allSatisfy({ $0.holdID == first.holdID }),
                try db.liveSeatCount(
                    of: first.holdID, userID: request.userID, eventID: request.seats[0].eventID, now: now)
                    == own.count
            {
                return .held(
                    Hold(holdID: first.holdID, userID: request.userID, seats: request.seats, expiresAt: expiry))
            }
            guard try db.isWithinLimit(request.limit, userID: request.userID, taking: request.seats, own.count, now)
            else { return .limitReached }
            // One hold has one end: the earliest of its seats'.
            let hold = Hold(
                holdID: request.holdID, userID: request.userID, seats: request.seats,
                expiresAt: min(expiry, request.expiresAt))
            for seat in request.seats {
                try db.put(
                    .held(.init(holdID: hold.holdID, userID: hold.userID, expiresAt: hold.expiresAt)), seat: seat)
            }
            return .held(hold)
        }
    }

    public func release(_ seats: [SeatKey], userID: String, now: Timestamp) async throws -> Bool {
        try await database.write(Self.store) { db in
            var isFreed = false
            for seat in seats {
                try db.run(
                    """
                    DELETE FROM seat_states WHERE event_id = ? AND section_id = ? AND seat_id = ?
                        AND state = 'held' AND user_id = ? AND expires_at > ?
                    """,
                    [seat.eventID, seat.sectionID, seat.seatID, userID, now.milliseconds])
                isFreed = isFreed || db.changesCount > 0
            }
            return isFreed
        }
    }

    public func check(_ seats: [SeatKey], userID: String, now: Timestamp) async throws -> HoldCheck {
        let states = try await database.read(Self.store) { try $0.states(of: seats) }
        var expiries: [Timestamp] = []
        for state in states {
            guard case .held(let held) = state, held.isOf(userID) else { return .notHeld }
            expiries.append(held.expiresAt)
        }
        guard let earliest = expiries.min() else { return .notHeld }
        return now < earliest ? .held(until: earliest) : .expired
    }

    public func pin(_ commit: CommitRecord, limit: Int, now: Timestamp) async throws -> PinOutcome {
        let row = try CommitRow(commit)
        return try await database.write(Self.store) { db in
            if let standing = try db.commit(idem: commit.idem) { return .exists(standing) }
            let userID = commit.order.userId
            let states = try db.states(of: commit.seats)
            let taken = zip(commit.seats, states).filter { $1.isTaken(forUser: userID, at: now) }
            guard taken.isEmpty else { return .taken(taken.map(\.0.seatID).sorted()) }
            let own = states.count { $0?.liveHold(ofUser: userID, at: now) != nil }
            guard try db.isWithinLimit(limit, userID: userID, taking: commit.seats, own, now) else {
                return .limitReached
            }
            for seat in commit.seats { try db.put(.pinned(userID: userID, idem: commit.idem), seat: seat) }
            try row.insert(in: db)
            return .recorded
        }
    }

    public func refuse(_ commit: CommitRecord, now: Timestamp) async throws -> PinOutcome {
        let row = try CommitRow(commit)
        return try await database.write(Self.store) { db in
            if let standing = try db.commit(idem: commit.idem) { return .exists(standing) }
            try row.insert(in: db)
            return .recorded
        }
    }

    public func commit(idem: String) async throws -> CommitRecord? {
        try await database.read(Self.store) { try $0.commit(idem: idem) }
    }

    public func markSent(_ idems: [String]) async throws {
        guard !idems.isEmpty else { return }
        try await database.write(Self.store) { db in
            for idem in idems {
                try db.run("UPDATE commit_records SET is_unsent = FALSE WHERE idem = ? AND is_unsent", [idem])
            }
        }
    }

    public func unsentCommits(before: Timestamp, limit: Int) async throws -> [CommitRecord] {
        try await database.read(Self.store) { db in
            try db.rows(
                "\(CommitRow.select) WHERE is_unsent AND created_at < ? ORDER BY created_at, idem LIMIT ?",
                [before.milliseconds, max(0, limit)]
            ).map(CommitRow.record)
        }
    }

    public func settle(_ settlements: [CommitSettlement], now: Timestamp) async throws {
        guard !settlements.isEmpty else { return }
        try await database.write(Self.store) { db in
            for settlement in settlements {
                let change =
                    settlement.isSold ? "UPDATE seat_states SET state = 'sold'" : "DELETE FROM seat_states"
                for seat in settlement.seats {
                    try db.run(
                        """
                        \(change) WHERE event_id = ? AND section_id = ? AND seat_id = ?
                            AND state = 'pinned' AND idem = ? AND user_id = ?
                        """,
                        [seat.eventID, seat.sectionID, seat.seatID, settlement.idem, settlement.userID])
                }
            }
        }
    }

    public func purgeCommits(before: Timestamp, limit: Int) async throws -> Int {
        try await database.write(Self.store) { db in
            try db.run(
                """
                DELETE FROM commit_records WHERE rowid IN (
                    SELECT rowid FROM commit_records INDEXED BY commit_records_sent
                    WHERE NOT is_unsent AND created_at < ? ORDER BY created_at LIMIT ?)
                """,
                [before.milliseconds, max(0, limit)])
            return db.changesCount
        }
    }

    public func seats(eventID: String, sectionID: String) async throws -> [String: SeatState] {
        try await database.read(Self.store) { db in
            let rows = try db.rows(
                """
                SELECT state, user_id, hold_id, expires_at, idem, seat_id
                FROM seat_states WHERE event_id = ? AND section_id = ?
                """,
                [eventID, sectionID])
            return try Dictionary(uniqueKeysWithValues: rows.map { ($0[5], try SeatState(row: $0)) })
        }
    }

    public func ping() async throws { try await database.ping(Self.store) }
}
