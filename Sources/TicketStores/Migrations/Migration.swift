internal import OpenSSLCrypto

/// One step of the schema. What has once been applied anywhere is never edited: a change is a new version.
///
/// The script runs inside one transaction, so it holds no transaction control and nothing that PostgreSQL forbids
/// there (`CREATE INDEX CONCURRENTLY`, `VACUUM`).
public struct Migration: Sendable, Equatable {
    /// From 1, without gaps.
    public let version: Int
    public let name: String
    /// The statements, compiled in.
    public let sql: String
    /// SHA-256 of the script's UTF-8, 64 hex digits.
    public let checksum: String

    public init(version: Int, name: String, sql: String) {
        self.version = version
        self.name = name
        self.sql = sql
        checksum = SHA256.hex(sql)
    }

    /// The whole schema, oldest first.
    public static let all: [Migration] = [.catalogue, .intents, .orders, .payments, .retention]
}
