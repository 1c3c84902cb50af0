/// What a place in a room means at an instant.
public enum RoomStanding: Sendable, Equatable {
    /// Before the buyer: how many, 1 for who is next; and in how long it should be this buyer's turn: 1 to 604,800, and
    /// that for never.
    case waiting(position: Int64, etaSeconds: Int64)
    /// The turn has come and lasts so much longer, at least 1.
    case admitted(leftSeconds: Int64)
    /// The turn is over.
    case expired
    /// The place is of a room whose counters were lost.
    case unknownEpoch
}

extension RoomState {
    /// How many are admitted before the place: its number, or what the lottery drew for it. Late comers come after all
    /// who took part.
    public func position(of place: RoomPlace) -> Int64 {
        guard let lottery, let entrants = lottery.entrants, (0..<entrants).contains(place.number),
            let draw = LotteryDraw(seed: lottery.seed, entrants: entrants)
        else { return place.number }
        return draw.position(of: place.number)
    }

    /// - Parameter hasShownUp: whether the buyer was seen before; matters only in a room with a capacity.
    public func standing(of place: RoomPlace, at now: Timestamp, hasShownUp: Bool = true) -> RoomStanding {
        guard place.epoch == epoch else { return .unknownEpoch }
        let position = position(of: place)
        guard position < reach else {
            let ahead = position - reach + 1
            return .waiting(position: ahead, etaSeconds: etaSeconds(ahead: ahead, at: now))
        }
        let since = checkpoint(of: position)?.at ?? now
        let end = since + .seconds(settings.admissionSeconds)
        guard now < end, hasShownUp || settings.capacity == nil || now < since + .seconds(settings.noShowSeconds) else {
            return .expired
        }
        let left = (end.milliseconds - now.milliseconds + 999) / 1_000
        return .admitted(leftSeconds: max(1, min(left, settings.admissionSeconds)))
    }

    func checkpoint(of position: Int64) -> Checkpoint? { checkpoints.first { position < $0.admitted } }

    private func etaSeconds(ahead: Int64, at now: Timestamp) -> Int64 {
        let opensAt = phase == .scheduled ? settings.opensAt ?? now : now
        let untilOpen = max(.zero, opensAt - now) / .seconds(1)
        let seconds = untilOpen + stillStopped(at: now) + (Double(ahead) - credit) / (settings.ratePerSecond * throttle)
        // A rate of nothing divides to infinity.
        return Int64(min(max(1, seconds.rounded(.up)), Self.neverSeconds))
    }

    private static let neverSeconds: Double = 604_800

    /// How long a stopped room should stay so, in seconds. Nobody knows when a hold is given up or an operator goes on,
    /// so it is expected to take as long again as it has so far.
    private func stillStopped(at now: Timestamp) -> Double {
        if phase == .open, supply == .soldOut { return Self.neverSeconds }
        guard !isAdmitting, phase != .scheduled, let stoppedAt else { return 0 }
        return max(.zero, now - stoppedAt) / .seconds(1)
    }
}
