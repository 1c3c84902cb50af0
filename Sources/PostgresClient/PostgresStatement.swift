/// A statement that a session prepares once, when it is first used, and then runs by its name.
public struct PostgresStatement: Sendable, Hashable {
    /// At most 63 bytes, one text for one name throughout the process.
    public var name: String
    /// `$1`... stand for the parameters.
    public var sql: String

    public init(_ name: String, _ sql: String) {
        self.name = name
        self.sql = sql
    }
}

extension PostgresStatement {
    static let savepoint = Self("tickctl_savepoint", "SAVEPOINT s")
    static let releaseSavepoint = Self("tickctl_release", "RELEASE SAVEPOINT s")
    static let rollbackToSavepoint = Self("tickctl_rollback_to", "ROLLBACK TO SAVEPOINT s")
    static let commit = Self("tickctl_commit", "COMMIT")
    static let rollback = Self("tickctl_rollback", "ROLLBACK")
}

/// How far a transaction is kept from the others (https://www.postgresql.org/docs/current/transaction-iso.html).
public enum PostgresIsolation: Sendable {
    case readCommitted, repeatableRead, serializable

    var begin: PostgresStatement {
        switch self {
        case .readCommitted: PostgresStatement("tickctl_begin", "BEGIN ISOLATION LEVEL READ COMMITTED")
        case .repeatableRead: PostgresStatement("tickctl_begin_rr", "BEGIN ISOLATION LEVEL REPEATABLE READ")
        case .serializable: PostgresStatement("tickctl_begin_s", "BEGIN ISOLATION LEVEL SERIALIZABLE")
        }
    }
}
