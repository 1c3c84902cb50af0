public import PostgresClient

/// A store that cannot do what was asked. Failures of the network and of single statements stay `PostgresError`.
public struct TicketStoreError: Error, Sendable {
    public enum Code: String, Sendable {
        /// An applied migration is not the one this binary holds.
        case checksumMismatch
        /// The database has migrations this binary does not know.
        case databaseNewer
        /// The ledger lacks a version below one that it has.
        case ledgerGap
        /// The binary's own list of migrations is wrong.
        case migrationsUnusable
        /// A migration failed and was rolled back; those before it stand.
        case migrationFailed
        /// Another session held the schema's lock for longer than allowed.
        case lockTimeout
        /// The tables are not there.
        case schemaMissing
        /// A seed would change the price or the currency of what has been sold.
        case soldAtAnotherPrice
        /// A database secret is not what RDS keeps.
        case secretUnusable
    }

    public var code: Code
    public var message: String
    /// Of the migration concerned.
    public var version: Int?
    /// What to do next.
    public var remedy: String
    public var underlying: PostgresError?

    public init(
        _ code: Code, _ message: String, version: Int? = nil, remedy: String, underlying: PostgresError? = nil
    ) {
        self.code = code
        self.message = message
        self.version = version
        self.remedy = remedy
        self.underlying = underlying
    }
}

extension TicketStoreError: CustomStringConvertible {
    /// "migrationFailed: migration 3 (orders) ...: postgres ...: 42P07: ...; next: ..."
    public var description: String {
        var text = "\(code.rawValue): \(message)"
        if let underlying { text += ": \(underlying)" }
        return "\(text); next: \(remedy)"
    }
}
