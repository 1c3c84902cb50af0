internal import Ticketing

/// A section's seats at an instant, one character a seat in the catalogue's order: "a"vailable, "h"eld, "s"old (or
/// pinned: nobody else can have it any more).
struct SectionStates: Sendable, Equatable {
    var readAt: Timestamp
    var letters: [UInt8]

    var available: Int { letters.count { $0 == UInt8(ascii: "a") } }
    var isAnyHeld: Bool { letters.contains(UInt8(ascii: "h")) }

    init(_ seats: [String: SeatState], section: EventCatalogue.Section?, readAt: Timestamp) {
        self.readAt = readAt
        letters = (section?.seats ?? []).map { seat in
            switch seats[seat.id] {
            case .some(.held(let held)) where readAt < held.expiresAt: UInt8(ascii: "h")
            case .some(.pinned), .some(.sold): UInt8(ascii: "s")
            case .some(.held), .none: UInt8(ascii: "a")
            }
        }
    }

    /// "<milliseconds>:<letters>", for the shared cache.
    var bytes: [UInt8] { Array("\(readAt.milliseconds):".utf8) + letters }

    /// nil for anything else: the cache may hold what another version wrote.
    init?(_ bytes: [UInt8]) {
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
            let milliseconds = Int64(String(decoding: bytes[..<colon], as: UTF8.self))
        else { return nil }
        let letters = Array(bytes[(colon + 1)...])
        guard letters.allSatisfy({ $0 == UInt8(ascii: "a") || $0 == UInt8(ascii: "h") || $0 == UInt8(ascii: "s") })
        else { return nil }
        readAt = Timestamp(milliseconds: milliseconds)
        self.letters = letters
    }

    /// The word of a letter in the contract.
    static func status(_ letter: UInt8) -> String {
        switch letter {
        case UInt8(ascii: "a"): "available"
        case UInt8(ascii: "h"): "held"
        default: "sold"
        }
    }
}
