/// Short-lived answers shared by all processes. (Redis; in process when embedded.)
///
/// Losing it costs time, never correctness: a miss is always allowed. Calls throw `StoreError` when it is unreachable.
public protocol SharedCache: Sendable {
    func value(_ key: String) async throws -> [UInt8]?
    func set(_ key: String, _ value: [UInt8], expiresAfter: Duration) async throws
    func ping() async throws
}
