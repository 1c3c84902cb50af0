public import AWSCore
internal import AWSServices
public import Ticketing

/// Holds, pins and commit records in one DynamoDB table. Items:
///
/// | pk | sk | what |
/// |---|---|---|
/// | `E#<event>#<section>#<shard>` | `S#<seat>` | a seat that is not free; 8 shards, because one key takes 1,000 writes a second |
/// | `U#<event>#<user>` | `U` | the user's seats with their expiries and a version: what keeps the purchase limit |
/// | `C#<idem>` | `C` | a commit record; `unsent` puts it into the index of those the queue has not got |
///
/// A change is one read and one transaction whose conditions carry owner, expiry and version; a transaction that lost a
/// race is tried again from the read. `ttl` is garbage collection: no condition looks at it.
public final class DynamoDBHoldStore: HoldStore {
    /// From reading to writing, when others write the same items at the same time.
    static let attempts = 12
    /// Records or settlements of one call that are written at a time.
    private static let mostParallel = 32

    let calls: DynamoDBCalls

    public init(client: AWSClient, region: String, table: String) {
        calls = DynamoDBCalls(client: client, region: region, table: table)
    }

    public func hold(_ request: HoldRequest, now: Timestamp) async throws -> HoldOutcome {
        try await retrying {
            let view = try await view(request.seats, userID: request.userID)
            let taken = view.taken(at: now) { $0.isHeld(by: request.userID) }
            guard taken.isEmpty else { return .taken(taken) }
            if let standing = view.hold(of: request.userID, at: now) { return .held(standing) }
            var allowance = view.allowance
            allowance.forgetExpired(at: now)
            let own = request.seats.compactMap { allowance.seats[$0.seatID] }
            allowance.remove(request.seats)
            guard allowance.seats.count + request.seats.count <= request.limit else { return .limitReached }
            let expiresAt = own.compactMap(\.expiresAt).reduce(request.expiresAt) { min($0, $1) }
            let hold = Hold(
                holdID: request.holdID, userID: request.userID, seats: request.seats, expiresAt: expiresAt)
            for seat in request.seats {
                allowance.seats[seat.seatID] = .init(holdID: hold.holdID, expiresAt: expiresAt)
            }
            let state = SeatState.held(.init(holdID: hold.holdID, userID: hold.userID, expiresAt: expiresAt))
            try await calls.transact(
                puts(request.seats, state, by: request.userID, from: view, now: now)
                    + [.put(calls.put(allowance, after: view.allowance, now: now))])
            return .held(hold)
        }
    }

    public func release(_ seats: [SeatKey], userID: String, now: Timestamp) async throws -> Bool {
        try await retrying {
            let view = try await view(seats, userID: userID)
            let held = seats.filter { seat in
                view.states[seat.seatID].map { $0.isHeld(by: userID) && $0.isTaken(at: now) } ?? false
            }
            guard !held.isEmpty else { return false }
            var allowance = view.allowance
            allowance.forgetExpired(at: now)
            allowance.remove(held)
            try await calls.transact(
                held.map { .delete(calls.deleteHeld($0, by: userID)) }
                    + [.put(calls.put(allowance, after: view.allowance, now: now))])
            return true
        }
    }

    public func check(_ seats: [SeatKey], userID: String, now: Timestamp) async throws -> HoldCheck {
        let states = try SeatItem.states(await calls.read(seats.map(SeatItem.key)))
        var earliest: Timestamp?
        var hasExpired = false
        for seat in seats {
            guard let state = states[seat.seatID], state.isHeld(by: userID), case .held(let held) = state else {
                return .notHeld
            }
            hasExpired = hasExpired || now >= held.expiresAt
            earliest = min(earliest ?? held.expiresAt, held.expiresAt)
        }
        guard let earliest else { return .notHeld }
        return hasExpired ? .expired : .held(until: earliest)
    }

    public func pin(_ commit: CommitRecord, limit: Int, now: Timestamp) async throws -> PinOutcome {
        let userID = commit.order.userId
        return try await retrying {
            let view = try await view(commit.seats, userID: userID, idem: commit.idem)
            if let standing = view.commit { return .exists(standing) }
            let taken = view.taken(at: now) { $0.isHeld(by: userID) }
            guard taken.isEmpty else { return .taken(taken) }
            var allowance = view.allowance
            allowance.forgetExpired(at: now)
            allowance.remove(commit.seats)
            guard allowance.seats.count + commit.seats.count <= limit else { return .limitReached }
            for seat in commit.seats { allowance.seats[seat.seatID] = .init(holdID: commit.idem, expiresAt: nil) }
            let state = SeatState.pinned(userID: userID, idem: commit.idem)
            try await calls.transact(
                puts(commit.seats, state, by: userID, from: view, now: now)
                    + [.put(calls.put(allowance, after: view.allowance, now: now)), .put(calls.firstPut(commit))])
            return .recorded
        }
    }

    public func refuse(_ commit: CommitRecord, now: Timestamp) async throws -> PinOutcome {
        try await calls.putFirst(commit).map { .exists($0) } ?? .recorded
    }

    public func commit(idem: String) async throws -> CommitRecord? {
        try await calls.read([CommitItem.key(idem)]).lazy.compactMap(CommitItem.record).first
    }

    public func markSent(_ idems: [String]) async throws {
        try await inParallel(idems) { try await self.calls.markSent($0) }
    }

    public func unsentCommits(before: Timestamp, limit: Int) async throws -> [CommitRecord] {
        let found = try await withThrowingTaskGroup { group in
            for shard in 0..<CommitItem.shards {
                group.addTask { try await self.calls.unsent(shard: shard, before: before, limit: limit) }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let oldest = found.sorted { $0.createdAt < $1.createdAt }.prefix(limit)
        var records: [CommitRecord] = []
        for start in stride(from: 0, to: oldest.count, by: DynamoDBCalls.mostKeys) {
            let keys = oldest.dropFirst(start).prefix(DynamoDBCalls.mostKeys).map { CommitItem.key($0.idem) }
            // The index lags: what the item says counts.
            records += try await calls.read(keys).filter { $0["unsent"] != nil }.compactMap(CommitItem.record)
        }
        return records.sorted { $0.createdAt < $1.createdAt }
    }

    public func settle(_ settlements: [CommitSettlement], now: Timestamp) async throws {
        try await inParallel(settlements) { settlement in
            if settlement.isSold {
                for seat in settlement.seats { try await self.calls.markSold(seat, idem: settlement.idem) }
            } else {
                try await self.free(settlement, now: now)
            }
        }
    }

    private func free(_ settlement: CommitSettlement, now: Timestamp) async throws {
        try await retrying {
            let view = try await view(settlement.seats, userID: settlement.userID)
            let pinned = settlement.seats.filter { seat in
                if case .pinned(_, settlement.idem) = view.states[seat.seatID] { true } else { false }
            }
            guard !pinned.isEmpty else { return }
            var allowance = view.allowance
            allowance.forgetExpired(at: now)
            allowance.remove(pinned)
            try await calls.transact(
                pinned.map { .delete(calls.deletePinned($0, idem: settlement.idem)) }
                    + [.put(calls.put(allowance, after: view.allowance, now: now))])
        }
    }

    /// The table does it by `ttl`.
    public func purgeCommits(before: Timestamp, limit: Int) async throws -> Int { 0 }

    public func seats(eventID: String, sectionID: String) async throws -> [String: SeatState] {
        try await withThrowingTaskGroup { group in
            for shard in 0..<SeatItem.shards {
                group.addTask {
                    try await self.calls.items(
                        partition: SeatItem.partition(eventID: eventID, sectionID: sectionID, shard: shard))
                }
            }
            return try await group.reduce(into: [:]) { states, items in
                states.merge(try SeatItem.states(items)) { $1 }
            }
        }
    }

    public func ping() async throws { try await calls.ping() }

    // MARK: - Read, then write

    /// What a change looks at before it is written.
    private struct View {
        var seats: [SeatKey]
        var states: [String: SeatState]
        var allowance: UserAllowance
        var commit: CommitRecord?

        /// The seats that nobody but their owner can take, sorted.
        func taken(at now: Timestamp, except isOwn: (SeatState) -> Bool) -> [String] {
            seats.map(\.seatID).filter { seat in
                guard let state = states[seat] else { return false }
                return state.isTaken(at: now) && !isOwn(state)
            }.sorted()
        }

        /// The live hold of exactly these seats.
        func hold(of userID: String, at now: Timestamp) -> Hold? {
            guard let first = seats.first, let state = states[first.seatID], state.isHeld(by: userID),
                case .held(let held) = state, now < held.expiresAt
            else { return nil }
            let isWhole = seats.allSatisfy { states[$0.seatID] == state }
            let count = allowance.seats.values.count { $0.holdID == held.holdID }
            guard isWhole, count == seats.count else { return nil }
            return Hold(holdID: held.holdID, userID: userID, seats: seats, expiresAt: held.expiresAt)
        }
    }

    private func view(_ seats: [SeatKey], userID: String, idem: String? = nil) async throws -> View {
        let eventID = seats.first?.eventID ?? ""
        let userKey = UserAllowance.key(eventID: eventID, userID: userID)
        let items = try await calls.read(
            seats.map(SeatItem.key) + [userKey] + (idem.map { [CommitItem.key($0)] } ?? []))
        return View(
            seats: seats, states: try SeatItem.states(items),
            allowance: items.lazy.compactMap { UserAllowance($0, eventID: eventID, userID: userID) }.first
                ?? UserAllowance(eventID: eventID, userID: userID),
            commit: idem == nil ? nil : items.lazy.compactMap(CommitItem.record).first)
    }

    /// `state` for each seat, on condition that what `view` saw of it still holds: a hold of the user's own, or nobody's.
    private func puts(
        _ seats: [SeatKey], _ state: SeatState, by userID: String, from view: View, now: Timestamp
    ) -> [DynamoDB.TransactWriteItem] {
        seats.map { seat in
            if let seen = view.states[seat.seatID], seen.isTaken(at: now) {
                .put(calls.putHeld(seat, state, by: userID))
            } else {
                .put(calls.putFree(seat, state, now: now))
            }
        }
    }

    /// Runs `change` again while its transaction loses races.
    private func retrying<Value>(_ change: () async throws -> Value) async throws -> Value {
        var reasons: [String] = []
        for attempt in 0..<Self.attempts {
            do {
                return try await change()
            } catch let race as LostRace {
                reasons = race.reasons
                // Full jitter, doubling from 4 ms to 256 ms.
                try await Task.sleep(for: .milliseconds(Double.random(in: 0...Double(4 << min(6, attempt)))))
            }
        }
        throw StoreError(
            .overloaded, store: DynamoDBCalls.store,
            "\(Self.attempts) transactions in a row did not happen (\(reasons.joined(separator: ", ")))")
    }

    /// Runs `body` for each element, a bounded number of them at a time; the first error ends it.
    private func inParallel<Element: Sendable>(
        _ elements: [Element], _ body: @escaping @Sendable (Element) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, element) in elements.enumerated() {
                if index >= Self.mostParallel { try await group.next() }
                group.addTask { try await body(element) }
            }
            try await group.waitForAll()
        }
    }
}

extension SeatState {
    fileprivate func isHeld(by userID: String) -> Bool {
        if case .held(let held) = self { held.userID.isSameText(as: userID) } else { false }
    }
}
