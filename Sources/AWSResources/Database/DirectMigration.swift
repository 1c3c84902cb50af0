public import Provisioning

/// Migrations and seeds of a database that the caller reaches itself, by `DATABASE_URL`.
public struct DirectMigration: AWSResource {
    public static let type = "tickctl:migration"
    public static let explanation = """
        Brings the database of DATABASE_URL to this program's schema and seeds. Costs nothing. A database is never taken \
        back to an older schema, so taking this step down leaves it as it is.
        """

    /// Over all migrations and seeds.
    public var checksum: String

    public init(checksum: String) { self.checksum = checksum }

    /// What the database's ledger of migrations says.
    public struct Observed: Sendable, Equatable {
        /// Of what was applied.
        public var checksum: String
    }

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        try await database(scope).appliedChecksum().map(observation)
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        try await database(scope).migrate()
        return observation(checksum)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        list.compare("schema", observed: observed.checksum, desired: checksum)
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        try await create(scope)
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {}

    public func permissions(at place: Place) -> [Permission] { [] }

    private func database(_ scope: Scope<AWSCloud>) throws -> any DatabaseMigrator {
        guard let database = scope.cloud.database else {
            throw ProvisioningError(
                .failed, "\(scope.node) goes to the database of DATABASE_URL, which is not set",
                next: "set DATABASE_URL, or leave it out of the plan too")
        }
        return database
    }

    /// A schema has no tags: whoever names the database owns it.
    private func observation(_ checksum: String) -> Observation<Observed> {
        Observation(Observed(checksum: checksum), identity: "DATABASE_URL", owner: .inherited)
    }
}
