/// What a seed did.
public struct SeedReport: Sendable, Codable, Equatable {
    public var eventID: String
    public var events: SeedCount
    public var sections: SeedCount
    public var seats: SeedCount
}

/// Rows of one table by what became of them.
public struct SeedCount: Sendable, Codable, Equatable {
    public var inserted = 0
    public var updated = 0
    public var unchanged = 0

    public init(inserted: Int = 0, updated: Int = 0, unchanged: Int = 0) {
        self.inserted = inserted
        self.updated = updated
        self.unchanged = unchanged
    }

    public static func += (total: inout SeedCount, part: SeedCount) {
        total.inserted += part.inserted
        total.updated += part.updated
        total.unchanged += part.unchanged
    }
}
