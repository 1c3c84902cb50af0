/// A row of the ledger table `schema_migrations`.
public struct AppliedMigration: Sendable, Codable, Equatable {
    public var version: Int
    public var name: String
    /// SHA-256 of the script that was applied.
    public var checksum: String
    /// ISO 8601, UTC.
    public var appliedAt: String
    /// The database user.
    public var appliedBy: String
    public var toolVersion: String
    public var durationMilliseconds: Int
}

/// How a database stands to the migrations of this binary.
public struct MigrationStatus: Sendable {
    /// Oldest first.
    public var applied: [AppliedMigration]
    /// What `migrate` would apply, oldest first; empty while `problem` is not nil.
    public var pending: [Migration]
    /// Why `migrate` would refuse.
    public var problem: TicketStoreError?

    /// True when nothing is to be done.
    public var isCurrent: Bool { pending.isEmpty && problem == nil }
}

/// What a run of `migrate` did.
public struct MigrationReport: Sendable, Codable, Equatable {
    /// By this run, oldest first.
    public var applied: [AppliedMigration]
    /// Stood before.
    public var alreadyApplied: Int
}
