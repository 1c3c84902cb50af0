/// The payment of an intent, as the provider reported it.
public struct Payment: Sendable, Equatable {
    public var intentID: String
    public var status: Status
    public var providerRef: String
    public var amountMinor: Int64
    public var currency: String

    /// The reference under which an intent's amount is captured where no payment provider is connected. A reference is one
    /// intent's, so no provider may report one like it.
    static func reference(withoutProviderFor intentID: String) -> String { String.reservedReference + intentID }

    /// DECLINED may become APPROVED or CANCELLED; APPROVED becomes CAPTURED, with the order that it pays for, or CANCELLED;
    /// both are final.
    public enum Status: String, Sendable, Codable {
        case declined = "DECLINED"
        case approved = "APPROVED"
        case captured = "CAPTURED"
        case cancelled = "CANCELLED"
    }

    public init(intentID: String, status: Status, providerRef: String, amountMinor: Int64, currency: String) {
        self.intentID = intentID
        self.status = status
        self.providerRef = providerRef
        self.amountMinor = amountMinor
        self.currency = currency
    }
}

/// A payment provider's report.
public struct PaymentReport: Sendable, Equatable {
    public var intentID: String
    /// Never `captured`.
    public var status: Payment.Status
    public var providerRef: String
    public var amountMinor: Int64

    public init(intentID: String, status: Payment.Status, providerRef: String, amountMinor: Int64) {
        self.intentID = intentID
        self.status = status
        self.providerRef = providerRef
        self.amountMinor = amountMinor
    }
}

/// What came of a report.
public enum PaymentOutcome: Sendable, Equatable {
    case recorded
    /// It, or a later state, stands already: nothing changed.
    case unchanged
    case intentNotFound
    /// The amount, or the provider's reference to a payment that was not declined, is another one.
    case mismatch
}

extension String {
    fileprivate static let reservedReference = "none-"

    /// Whether it begins as those do that no provider gave.
    var isReservedReference: Bool { utf8.starts(with: String.reservedReference.utf8) }
}
