/// What a buyer was told at the end of a purchase, or a promise that the platform broke to it.
///
/// A line of a history file: fields separated by tabs, `purchase key event seat outcome tickets` or
/// `violation kind key detail`.
public enum HistoryLine: Sendable, Equatable {
    /// How a purchase ended.
    public enum Outcome: String, Sendable {
        case confirmed, rejected
        /// Answered 202, and not decided when the run ended.
        case lost
    }

    /// A promise of the API that was broken in a purchase.
    public enum Violation: String, Sendable {
        /// Another answer to the same request under the same key.
        case replay
        /// An order that was decided is undecided or decided otherwise.
        case status
    }

    case purchase(key: String, eventID: String, seatID: String, Outcome, ticketIDs: [String])
    case violation(Violation, key: String, detail: String)

    var text: String {
        switch self {
        case .purchase(let key, let eventID, let seatID, let outcome, let ticketIDs):
            "purchase\t\(key)\t\(eventID)\t\(seatID)\t\(outcome.rawValue)\t\(ticketIDs.joined(separator: ","))\n"
        case .violation(let kind, let key, let detail):
            "violation\t\(kind.rawValue)\t\(key)\t\(Self.plain(detail))\n"
        }
    }

    /// nil: no line of a history.
    init?(_ line: Substring) {
        let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        switch fields.first {
        case "purchase" where fields.count == 6:
            guard let outcome = Outcome(rawValue: fields[4]) else { return nil }
            self = .purchase(
                key: fields[1], eventID: fields[2], seatID: fields[3], outcome,
                ticketIDs: fields[5].split(separator: ",").map(String.init))
        case "violation" where fields.count == 4:
            guard let kind = Violation(rawValue: fields[1]) else { return nil }
            self = .violation(kind, key: fields[2], detail: fields[3])
        default: return nil
        }
    }

    private static func plain(_ text: String) -> String {
        String(text.prefix(200).map { $0.isNewline || $0 == "\t" ? " " : $0 })
    }
}
