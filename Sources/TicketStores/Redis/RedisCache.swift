public import RedisClient
public import Ticketing

/// The shared cache in Redis: one string with an expiry for each answer.
public struct RedisCache: SharedCache {
    private let client: RedisClient

    public init(_ client: RedisClient) { self.client = client }

    public func value(_ key: String) async throws -> [UInt8]? {
        try await storing { try await client.send(["GET", .string(name(key))], key: name(key)) }.bytesValue
    }

    public func set(_ key: String, _ value: [UInt8], expiresAfter: Duration) async throws {
        let milliseconds = max(1, Int64(expiresAfter / .milliseconds(1)))
        _ = try await storing {
            try await client.send(
                ["SET", .string(name(key)), .bytes(value), "PX", .integer(milliseconds)], key: name(key))
        }
    }

    public func ping() async throws { _ = try await storing { try await client.send(["PING"]) } }

    private func name(_ key: String) -> String { "tickctl:cache:" + key }
}

/// Runs a call to Redis; its failure becomes the port's.
func storing<Value: Sendable>(_ call: () async throws -> Value) async throws -> Value {
    do {
        return try await call()
    } catch let error as RedisError {
        let kind: StoreError.Kind =
            switch error.kind {
            case .overloaded: .overloaded
            case .configuration, .protocolViolation: .invalid
            case .server(let code):
                ["WRONGTYPE", "ERR", "NOSCRIPT", "CROSSSLOT"].contains(code) ? .invalid : .unavailable
            case .connect, .timeout, .closed: .unavailable
            }
        throw StoreError(kind, store: "cache", "\(error)")
    }
}
