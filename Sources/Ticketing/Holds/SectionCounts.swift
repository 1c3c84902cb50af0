/// How many of a section's seats are in which state; together they are the section's seats.
public struct SectionCounts: Sendable, Equatable {
    public var free = 0
    public var held = 0
    public var pinned = 0
    public var sold = 0

    /// `states`: by seat id; a seat without a state, or whose hold has ended by `now`, is free. States of seats that are
    /// not the section's do not count.
    public init(of section: EventCatalogue.Section, states: [String: SeatState], at now: Timestamp) {
        for seat in section.seats {
            switch states[seat.id] {
            case nil: free += 1
            case .held(let held)?: if now < held.expiresAt { self.held += 1 } else { free += 1 }
            case .pinned?: pinned += 1
            case .sold?: sold += 1
            }
        }
    }
}
