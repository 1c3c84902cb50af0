internal import Foundation
public import Ticketing

/// A waiting room as an operator sees it. The lottery's seed is shown after the draw only.
public struct RoomReport: Sendable, Encodable {
    public var event: String
    public var phase: RoomState.Phase
    /// Admissions a second, as set.
    public var rate: Double
    /// What the hot path's health leaves of it, 0 to 1.
    public var throttle: Double
    public var burst: Int64
    public var capacity: Int64?
    public var admissionSeconds: Int64
    public var noShowSeconds: Int64
    public var opensAt: String?
    public var supply: RoomState.Supply
    /// Places given so far.
    public var issued: Int64
    public var admitted: Int64
    public var waiting: Int64
    /// In a room with a capacity.
    public var inside: Int64?
    public var lottery: Lottery?
    public var epoch: Int64
    public var version: Int64
    public var updatedAt: String

    public struct Lottery: Sendable, Encodable {
        public var commitment: String
        /// nil before the draw.
        public var entrants: Int64?
        public var seed: String?
    }

    public init(_ room: RoomState, eventID: String, at now: Timestamp) {
        let settings = room.settings
        event = eventID
        phase = room.phase
        (rate, throttle, burst) = (settings.ratePerSecond, room.throttle, settings.burst)
        (capacity, admissionSeconds) = (settings.capacity, settings.admissionSeconds)
        noShowSeconds = settings.noShowSeconds
        opensAt = settings.opensAt?.iso8601
        supply = room.supply
        issued = room.issued
        admitted = min(room.issued, room.isAdmitting ? max(room.serving, room.admitted) : room.admitted)
        waiting = room.issued - admitted
        inside = settings.capacity == nil ? nil : room.inside(at: now)
        lottery = room.lottery.map {
            Lottery(commitment: $0.commitment, entrants: $0.entrants, seed: $0.entrants == nil ? nil : $0.seed)
        }
        (epoch, version, updatedAt) = (room.epoch, room.version, room.updatedAt.iso8601)
    }

    /// One line a fact, "name  value".
    public var lines: [String] {
        var facts: [(String, String)] = [
            ("event", event), ("phase", phase.rawValue), ("rate", "\(Self.text(rate)) a second"),
            ("throttle", "\(Self.text((throttle * 1_000).rounded() / 1_000))"), ("burst", "\(burst)"),
            ("capacity", capacity.map { "\($0)" } ?? "no bound"), ("admission", "\(admissionSeconds) s"),
        ]
        if capacity != nil { facts.append(("no-show", "\(noShowSeconds) s")) }
        if let opensAt { facts.append(("opens", opensAt)) }
        switch supply {
        case .free: break
        case .held: facts.append(("seats", "every one that is left is held: nobody is admitted until one is free"))
        case .soldOut: facts.append(("seats", "none left: nobody is admitted"))
        }
        facts += [("issued", "\(issued)"), ("admitted", "\(admitted)"), ("waiting", "\(waiting)")]
        if let inside { facts.append(("inside", "\(inside)")) }
        if let lottery {
            facts.append(("commitment", lottery.commitment))
            if let entrants = lottery.entrants { facts.append(("entrants", "\(entrants)")) }
            facts.append(("seed", lottery.seed ?? "published by the draw, when the doors open"))
        }
        return facts.map { name, value in name.padding(toLength: 12, withPad: " ", startingAt: 0) + value }
    }

    private static func text(_ number: Double) -> String {
        number == number.rounded() && abs(number) < 1e15 ? String(Int64(number)) : String(number)
    }
}
