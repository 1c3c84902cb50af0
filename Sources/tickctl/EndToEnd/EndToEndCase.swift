import Foundation

/// One statement of the HTTP contract, and how it is shown on a platform.
struct EndToEndCase: Sendable {
    /// Where api.md, and openapi/ticketing.yaml after it, make the statement.
    enum Section: String, Codable, CaseIterable {
        case wholeWay = "A whole purchase"
        case errors = "Errors"
        case rules = "Server rules"
        case contract = "The contract itself"
        case room = "Waiting room"
        case reads = "Cached reads"
        case holds = "Holds"
        case intents = "Payment intents"
        case payments = "Payments"
        case commits = "Commits and orders"
    }

    var section: Section
    /// The fact, as a sentence without an end.
    var name: String
    /// - Throws: `SmokeFailure` when it is not so; `NotShown` when it cannot be seen on this platform.
    var show: @Sendable (Visit) async throws -> Void

    init(_ section: Section, _ name: String, _ show: @escaping @Sendable (Visit) async throws -> Void) {
        self.section = section
        self.name = name
        self.show = show
    }

    /// Whether its section or its name has `words`.
    func has(_ words: String) -> Bool { "\(section.rawValue): \(name)".localizedCaseInsensitiveContains(words) }

    /// In the order in which they are shown.
    static let all: [EndToEndCase] =
        contractCases + ruleCases + framingCases + errorCases + roomCases + readCases + holdCases + intentCases
        + paymentCases
        + commitCases
}

/// A statement that this platform gives no occasion to see.
struct NotShown: Error {
    var reason: String
}
