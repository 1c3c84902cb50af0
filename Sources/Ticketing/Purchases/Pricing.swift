/// Seats that cannot be priced.
public enum PricingError: Error, Sendable, Equatable, CustomStringConvertible {
    /// They are not in the catalogue.
    case unknownSeats([String])
    /// Their sum is more than 64 bits hold.
    case overflow

    public var description: String {
        switch self {
        case .unknownSeats(let seatIDs): "not in the catalogue: \(seatIDs.joined(separator: ", "))"
        case .overflow: "the sum of the prices is too large"
        }
    }
}

extension CatalogueIndex {
    /// The price of each seat, in order, in minor units; their sum fits 64 bits.
    public func prices(of seatIDs: [String]) throws(PricingError) -> [Int64] {
        let unknown = seatIDs.filter { seat($0) == nil }
        guard unknown.isEmpty else { throw .unknownSeats(unknown) }
        let prices = seatIDs.compactMap { seat($0)?.priceMinor }
        guard sum(prices) != nil else { throw .overflow }
        return prices
    }
}

extension Intent {
    /// Quotes the catalogue's prices. `seatIDs`: sorted, no seat twice, 1 to 10.
    public init(
        intentID: String, userID: String, seatIDs: [String], of index: CatalogueIndex, createdAt: Timestamp,
        expiresAt: Timestamp
    ) throws(PricingError) {
        self.init(
            intentID: intentID, userID: userID, eventID: index.event.id, seatIDs: seatIDs,
            pricesMinor: try index.prices(of: seatIDs), currency: index.event.currency, createdAt: createdAt,
            expiresAt: expiresAt)
    }
}

/// nil: it would not fit 64 bits.
func sum(_ amounts: [Int64]) -> Int64? {
    var total: Int64 = 0
    for amount in amounts {
        let (next, overflows) = total.addingReportingOverflow(amount)
        guard !overflows else { return nil }
        total = next
    }
    return total
}
