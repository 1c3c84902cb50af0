internal import AWSServices
internal import Ticketing

/// A seat that is not free, as an item.
enum SeatItem {
    static let shards: UInt64 = 8

    static func partition(eventID: String, sectionID: String, shard: UInt64) -> String {
        "E#\(eventID)#\(sectionID)#\(shard)"
    }

    static func key(_ seat: SeatKey) -> DynamoDB.Item {
        let shard = stableHash(seat.seatID) % shards
        return [
            "pk": .text(partition(eventID: seat.eventID, sectionID: seat.sectionID, shard: shard)),
            "sk": .text("S#" + seat.seatID),
        ]
    }

    static func item(_ seat: SeatKey, _ state: SeatState) -> DynamoDB.Item {
        var item = key(seat)
        switch state {
        case .held(let held):
            item["state"] = .text("held")
            item["user"] = .text(held.userID)
            item["holdId"] = .text(held.holdID)
            item["expiresAt"] = .number(held.expiresAt.milliseconds)
            // A day late, so that no condition ever meets a hold that is gone too early by some clock.
            item["ttl"] = .number(held.expiresAt.milliseconds / 1_000 + 86_400)
        case .pinned(let userID, let idem):
            item["state"] = .text("pinned")
            item["user"] = .text(userID)
            item["idem"] = .text(idem)
        case .sold(let userID, let idem):
            item["state"] = .text("sold")
            item["user"] = .text(userID)
            item["idem"] = .text(idem)
        }
        return item
    }

    /// The seats among `items`, by seat id.
    /// - Throws: `StoreError` `invalid`: a seat's item is not of this shape. To take it for free would be a guess.
    static func states(_ items: [DynamoDB.Item]) throws -> [String: SeatState] {
        var states: [String: SeatState] = [:]
        for item in items {
            guard let sk = item["sk"]?.s, sk.hasPrefix("S#") else { continue }
            let seatID = String(sk.dropFirst(2))
            guard let state = state(item) else {
                throw StoreError(
                    .invalid, store: DynamoDBCalls.store, "the item of seat \(seatID) is not what tickctl writes")
            }
            states[seatID] = state
        }
        return states
    }

    private static func state(_ item: DynamoDB.Item) -> SeatState? {
        guard let user = item["user"]?.s else { return nil }
        switch item["state"]?.s {
        case "held":
            guard let holdID = item["holdId"]?.s, let expiresAt = item["expiresAt"]?.integer else { return nil }
            return .held(
                .init(holdID: holdID, userID: user, expiresAt: Timestamp(milliseconds: Int64(expiresAt))))
        case "pinned": return item["idem"]?.s.map { .pinned(userID: user, idem: $0) }
        case "sold": return item["idem"]?.s.map { .sold(userID: user, idem: $0) }
        default: return nil
        }
    }
}
