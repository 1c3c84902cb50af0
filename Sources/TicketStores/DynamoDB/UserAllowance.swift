internal import AWSServices
internal import Foundation
internal import Ticketing

/// The seats of one user in one event, as an item: what keeps the purchase limit. Every change of it names the version it
/// was made from, so that two at once cannot both count from the same.
struct UserAllowance {
    struct Entry: Equatable {
        /// Of the hold; of the commit once pinned.
        var holdID: String
        /// nil: pinned or sold, for good.
        var expiresAt: Timestamp?
    }

    var eventID: String
    var userID: String
    /// Of the item that was read, a new one with each change; empty: there is no item. (Not counted, because an item that
    /// went by its time to live would count from the beginning again.)
    var version = ""
    var seats: [String: Entry] = [:]

    init(eventID: String, userID: String) {
        self.eventID = eventID
        self.userID = userID
    }

    /// nil: `item` is another kind of item.
    init?(_ item: DynamoDB.Item, eventID: String, userID: String) {
        guard item["sk"]?.s == "U", let version = item["version"]?.s, let seats = item["seats"]?.m else {
            return nil
        }
        self.init(eventID: eventID, userID: userID)
        self.version = version
        self.seats = seats.compactMapValues { value in
            guard let holdID = value.m?["h"]?.s, let expiry = value.m?["e"]?.integer else { return nil }
            return Entry(holdID: holdID, expiresAt: expiry == 0 ? nil : Timestamp(milliseconds: Int64(expiry)))
        }
    }

    static func key(eventID: String, userID: String) -> DynamoDB.Item {
        ["pk": .text("U#\(eventID)#\(userID)"), "sk": .text("U")]
    }

    mutating func forgetExpired(at now: Timestamp) {
        seats = seats.filter { _, entry in entry.expiresAt.map { now < $0 } ?? true }
    }

    mutating func remove(_ keys: [SeatKey]) { for key in keys { seats.removeValue(forKey: key.seatID) } }

    /// The item of a new version.
    func item(now: Timestamp) -> DynamoDB.Item {
        var item = Self.key(eventID: eventID, userID: userID)
        item["version"] = .text(UUID().uuidString)
        item["seats"] = .map(
            seats.mapValues { .map(["h": .text($0.holdID), "e": .number($0.expiresAt?.milliseconds ?? 0)]) })
        let expiries = seats.values.map(\.expiresAt)
        // Nothing that is bought may be forgotten.
        if !expiries.contains(nil) {
            let last = expiries.compactMap(\.self).max() ?? now
            item["ttl"] = .number(last.milliseconds / 1_000 + 86_400)
        }
        return item
    }
}
