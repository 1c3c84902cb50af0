/// The bound on buyers inside at once, and the places of those who never came.
///
/// The store keeps nothing of a single buyer. Each process notes who shows up for the first time (the first poll or hold
/// of an admitted buyer) under `showUpKey` in the shared cache, for `admissionSeconds`, and adds those for whom it made
/// the entry to the room's counters, many at once and at least every few seconds (`count`). Counting an arrival twice
/// only keeps a place occupied; a departure is counted once, and only of a buyer whose arrival was. Every count is
/// forgotten when the admissions of its span have expired.
extension RoomState {
    /// Between the end of a buyer's time to show up and the place being given away: in it the processes' counts arrive.
    private static let noShowGrace: Duration = .seconds(15)

    /// Where the shared cache remembers that the buyer of a place has shown up.
    public static func showUpKey(eventID: String, place: RoomPlace) -> String {
        "shown:\(eventID):\(place.epoch):\(place.number)"
    }

    /// Adds buyers who showed up, and buyers who are done, to the counters.
    /// - Returns: whether anything changed; the places of `arrivals` and `departures` that no tick has noted as admitted
    ///   yet are left in them, to be counted next time.
    public mutating func count(arrivals: inout [RoomPlace], departures: inout [RoomPlace]) -> Bool {
        let before = checkpoints
        arrivals = count(arrivals, \.arrived)
        departures = count(departures, \.left)
        return checkpoints != before
    }

    private mutating func count(
        _ places: [RoomPlace], _ counter: WritableKeyPath<Checkpoint, Int64>
    ) -> [RoomPlace] {
        places.filter { place in
            guard place.epoch == epoch else { return false }
            let position = position(of: place)
            guard let index = checkpoints.firstIndex(where: { position < $0.admitted }) else { return true }
            checkpoints[index][keyPath: counter] += 1
            return false
        }
    }

    /// How many of the admitted count as inside: their admission lasts, they are not done, and they showed up or still
    /// may.
    public func inside(at now: Timestamp) -> Int64 {
        var inside: Int64 = 0
        var below: Int64 = 0
        for checkpoint in checkpoints {
            let count = checkpoint.admitted - below
            below = checkpoint.admitted
            guard !isExpired(checkpoint, at: now) else { continue }
            let isJudged = now >= checkpoint.at + .seconds(settings.noShowSeconds) + Self.noShowGrace
            let present = isJudged ? min(count, checkpoint.arrived) : count
            inside += max(0, present - checkpoint.left)
        }
        return inside
    }
}
