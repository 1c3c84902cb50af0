internal import AWSServices
internal import Ticketing

/// A commit record as an item.
enum CommitItem {
    static let shards = 8
    /// What was not sent yet is kept until it is.
    private static let lifetimeSeconds = Int64(Retention.answers / .seconds(1))

    static func key(_ idem: String) -> DynamoDB.Item { ["pk": .text("C#" + idem), "sk": .text("C")] }

    static func item(_ record: CommitRecord) -> DynamoDB.Item {
        var item = key(record.idem)
        item["fingerprint"] = .text(record.fingerprint)
        item["intentId"] = .text(record.order.intentId)
        item["eventId"] = .text(record.order.eventId)
        item["userId"] = .text(record.order.userId)
        item["seatIds"] = .list(record.order.seatIds.map { .text($0) })
        item["sections"] = .list(record.seats.map { .text($0.sectionID) })
        item["createdAt"] = .number(record.createdAt.milliseconds)
        item["trace"] = record.traceHeader.map { .text($0) }
        let keptUntil = DynamoDB.AttributeValue.number(record.createdAt.milliseconds / 1_000 + lifetimeSeconds)
        if let refusal = record.refusal {
            item["ttl"] = keptUntil
            item["status"] = .number(refusal.status)
            item["body"] = .text(refusal.body)
            item["location"] = refusal.location.map { .text($0) }
        } else {
            item["unsent"] = .text(String(stableHash(record.idem) % UInt64(shards)))
            item["keptUntil"] = keptUntil
        }
        return item
    }

    /// nil: `item` is another kind of item.
    static func record(_ item: DynamoDB.Item) -> CommitRecord? {
        guard item["sk"]?.s == "C", let pk = item["pk"]?.s, pk.hasPrefix("C#"),
            let fingerprint = item["fingerprint"]?.s, let intentID = item["intentId"]?.s,
            let eventID = item["eventId"]?.s, let userID = item["userId"]?.s,
            let seatIDs = item["seatIds"]?.l?.compactMap(\.s), let sections = item["sections"]?.l?.compactMap(\.s),
            let createdAt = item["createdAt"]?.integer
        else { return nil }
        let refusal: StoredAnswer? =
            if let status = item["status"]?.integer, let body = item["body"]?.s {
                StoredAnswer(status: status, location: item["location"]?.s, body: body)
            } else {
                nil
            }
        return CommitRecord(
            idem: String(pk.dropFirst(2)), fingerprint: fingerprint,
            order: CommitOrder(intentId: intentID, eventId: eventID, seatIds: seatIDs, userId: userID),
            // A refusal may be of seats that are none.
            seats: zip(seatIDs, sections).map { SeatKey(eventID: eventID, sectionID: $1, seatID: $0) },
            createdAt: Timestamp(milliseconds: Int64(createdAt)), traceHeader: item["trace"]?.s, refusal: refusal)
    }
}
