internal import Ticketing

/// The catalogues, kept in the process: they hardly change, and every request needs one.
final class Catalogues: Sendable {
    private let ledger: any Ledger
    private let cache = ExpiringCache<String, CatalogueIndex?>(capacity: 256)
    private let loading = Singleflight<String, CatalogueIndex?>()
    private let now: @Sendable () -> Timestamp

    init(ledger: any Ledger, now: @escaping @Sendable () -> Timestamp) {
        self.ledger = ledger
        self.now = now
    }

    /// What is known without asking the ledger; nil: not known.
    func known(_ eventID: String) -> CatalogueIndex? {
        eventID.isASCII ? cache.value(eventID, at: now()) ?? nil : nil
    }

    /// - Throws: `APIError` `event_not_found`; `StoreError`.
    func index(_ eventID: String) async throws -> CatalogueIndex {
        // No event has such an id, and what is not there would be remembered of one that has the same letters.
        guard eventID.isASCII else { throw APIError.eventNotFound(eventID) }
        if let found = cache.value(eventID, at: now()) {
            guard let found else { throw APIError.eventNotFound(eventID) }
            return found
        }
        let found: CatalogueIndex?
        do {
            found = try await loading.value(eventID) { [self] in
                let found = try await ledger.catalogue(eventID: eventID).map(CatalogueIndex.init)
                // A price that is corrected shows within a minute; an event that is seeded, within two seconds.
                cache.set(eventID, found, until: now() + (found == nil ? .seconds(2) : .seconds(60)))
                return found
            }
        } catch let error as StoreError {
            // The ledger is away: what was known a while ago still sells the right seats at the price quoted.
            guard let stale = cache.lastValue(eventID) ?? nil else { throw error }
            return stale
        }
        guard let found else { throw APIError.eventNotFound(eventID) }
        return found
    }
}
