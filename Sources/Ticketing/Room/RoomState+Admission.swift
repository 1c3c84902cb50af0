/// Admission by token bucket, with one bound: the admissions of any span of time are at most rate x span + burst.
///
/// Why it holds: let a be `admitted` at a tick, which is no more than were admitted when the next one is made. That
/// tick raises `serving` to at most a + burst, and each later one by no more than rate x the time counted for it, which
/// never overlaps another's (`RoomClock`).
extension RoomState {
    /// Makes the room's next tick, if it is for this process to make.
    /// - Returns: whether anything changed. Then the room is to be written under its version, whatever else is changed
    ///   with it, and after the store took it `clock.wrote` is to be told.
    public mutating func advance(to now: Timestamp, by clock: inout RoomClock) -> Bool {
        guard let elapsed = clock.elapsed(in: self, at: now) else { return false }
        ticks += 1
        updatedAt = max(updatedAt, now)
        if phase == .scheduled { openIfDue(at: now) }
        if isAdmitting {
            stoppedAt = nil
            admit(after: elapsed, at: now)
        } else if stoppedAt == nil {
            // Time in which nobody may be admitted earns nothing.
            noteAdmitted(upTo: issuedAtWrite, at: now)
            stoppedAt = updatedAt
        }
        return true
    }

    /// Whether anybody is admitted at present.
    public var isAdmitting: Bool { phase == .open && supply == .free }

    /// Positions below it have been admitted. It never falls, so that an admission once told is never taken back.
    ///
    /// While the room admits, that is all of `serving`. Who was told of it had a place by then, and so before the
    /// version that stopped the room was written: the store notes with each version how many places there are. Who comes
    /// later waits.
    var reach: Int64 {
        if isAdmitting { return serving }
        return stoppedAt == nil ? max(admitted, min(serving, issuedAtWrite)) : admitted
    }

    /// Whether this version is new enough to speak of a place: one that was given after it was read may have been given
    /// after the room was stopped.
    public func knows(_ place: RoomPlace) -> Bool { place.number < issued }

    /// Stops admissions; those inside stay.
    public mutating func close() {
        if isAdmitting { stoppedAt = nil }
        phase = .closed
    }

    /// Lets admissions go on, or wait for `settings.opensAt`.
    public mutating func open(at now: Timestamp) {
        if isAdmitting { stoppedAt = nil }
        phase = .scheduled
        openIfDue(at: now)
    }

    private mutating func openIfDue(at now: Timestamp) {
        guard now >= settings.opensAt ?? now else { return }
        phase = .open
        if lottery != nil, lottery?.entrants == nil { lottery?.entrants = issued }
        if serving == 0 { serving = settings.initialBurst }
    }

    private mutating func admit(after elapsed: Duration, at now: Timestamp) {
        let base = admitted
        noteAdmitted(upTo: issued, at: now)
        let seconds = elapsed / .seconds(1)
        let earned = Double(serving - base) + credit + max(0, settings.ratePerSecond * throttle * seconds)
        let tokens = min(Double(max(0, settings.burst)), earned)
        let whole = tokens.rounded(.down)
        credit = tokens - whole
        var goal = base + Int64(whole)
        if let capacity = settings.capacity {
            let room = admitted + max(0, capacity - inside(at: now))
            if goal > room { (goal, credit) = (room, 0) }
        }
        if goal < serving { credit = 0 }
        serving = max(serving, goal)
        noteAdmitted(upTo: issued, at: now)
    }

    /// Moves `admitted` up to date and remembers when.
    private mutating func noteAdmitted(upTo places: Int64, at now: Timestamp) {
        let reached = min(serving, places)
        guard reached > admitted else { return }
        admitted = reached
        let span = checkpointMilliseconds
        let end = Timestamp(milliseconds: (now.milliseconds / span + 1) * span)
        if let last = checkpoints.last, end <= last.at {
            checkpoints[checkpoints.count - 1].admitted = reached
        } else {
            checkpoints.append(Checkpoint(at: end, admitted: reached))
        }
        // The newest expired one stays: all positions below it have expired.
        while checkpoints.count > 1, isExpired(checkpoints[1], at: now) || checkpoints.count > Self.mostCheckpoints {
            checkpoints.removeFirst()
        }
    }

    private static let mostCheckpoints = 64
    private var checkpointMilliseconds: Int64 { max(1_000, settings.admissionSeconds * 1_000 / 30) }

    func isExpired(_ checkpoint: Checkpoint, at now: Timestamp) -> Bool {
        now >= checkpoint.at + .seconds(settings.admissionSeconds)
    }
}
