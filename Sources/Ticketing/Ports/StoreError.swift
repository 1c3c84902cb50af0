/// A store that did not do what was asked. Never holds a secret, a token or a body.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    public enum Kind: String, Sendable {
        /// The backend cannot be reached, or refuses everything for now.
        case unavailable
        /// A bounded queue in front of the backend is full: nothing was sent.
        case overloaded
        /// Sent, and the answer was lost: it may or may not have happened.
        case outcomeUnknown
        /// What is stored cannot be understood, or a statement is wrong: a bug or a foreign hand.
        case invalid
    }

    public var kind: Kind
    /// "hold store", "cache", "commit queue", "ledger".
    public var store: String
    /// The backend's own words.
    public var message: String

    public init(_ kind: Kind, store: String, _ message: String) {
        self.kind = kind
        self.store = store
        self.message = message
    }

    public var description: String { "\(store): \(kind.rawValue): \(message)" }
}
