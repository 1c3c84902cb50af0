internal import Foundation
public import RedisClient
public import Ticketing

/// The waiting rooms' counters in Redis. All keys of one event share a slot of the cluster:
///
/// - `{room:<event>}`: a hash of `epoch`, `version`, `issued`, `noted` and `state` (JSON). It has no end: an operator's settings
///   are in it.
/// - `{room:<event>}:<n>`: hashes of users' places, 500 users or so in each, which Redis keeps as compact lists: about 40
///   bytes a user beside the id. The field of the empty name holds the epoch that they are of: places of another one are
///   void. They end a day after the last user of theirs entered.
///
/// Scripts are atomic, so that a place is given once, and a replaced room never takes back places given meanwhile.
public struct RedisRoomStore: RoomStore {
    /// How long a user's place is remembered.
    private static let placeLifetime: Duration = .seconds(24 * 3_600)
    /// A process whose report is older than this is no longer heard.
    private static let healthLifetime: Duration = .seconds(5)
    /// Older ones are removed: much later, since the clocks of two processes may differ.
    private static let healthIsGoneAfter: Duration = .seconds(60)

    private static let buckets: UInt64 = 4_096

    private let client: RedisClient

    public init(_ client: RedisClient) { self.client = client }

    /// KEYS: room, bucket. ARGV: initial epoch, initial state, user, lifetime of places in ms.
    private static let enter = RedisScript(
        """
        local epoch = redis.call('HGET', KEYS[1], 'epoch')
        if not epoch then
            epoch = ARGV[1]
            redis.call('HSET', KEYS[1], 'epoch', epoch, 'version', 0, 'issued', 0, 'noted', 0, 'state', ARGV[2])
        end
        if redis.call('HGET', KEYS[2], '') ~= epoch then
            redis.call('DEL', KEYS[2])
            redis.call('HSET', KEYS[2], '', epoch)
        end
        local place = redis.call('HGET', KEYS[2], ARGV[3])
        if not place then
            place = redis.call('HINCRBY', KEYS[1], 'issued', 1) - 1
            redis.call('HSET', KEYS[2], ARGV[3], place)
            redis.call('PEXPIRE', KEYS[2], ARGV[4])
        end
        return {epoch, tostring(place), redis.call('HGET', KEYS[1], 'version')}
        """)

    /// KEYS: room. ARGV: expected version, epoch, state.
    private static let replace = RedisScript(
        """
        local now = redis.call('HMGET', KEYS[1], 'version', 'epoch')
        if now[1] ~= ARGV[1] or now[2] ~= ARGV[2] then return 0 end
        redis.call('HINCRBY', KEYS[1], 'version', 1)
        redis.call('HSET', KEYS[1], 'state', ARGV[3], 'noted', redis.call('HGET', KEYS[1], 'issued'))
        return 1
        """)

    public func enter(eventID: String, userID: String, initial: RoomState) async throws -> RoomEntry {
        let state = try Self.text(initial)
        let bucket = "\(key(eventID)):\(stableHash(userID) % Self.buckets)"
        let answer = try await storing {
            try await client.evaluate(
                Self.enter, keys: [key(eventID), bucket],
                arguments: [
                    .integer(initial.epoch), .string(state), .string(userID),
                    .integer(Int64(Self.placeLifetime / .milliseconds(1))),
                ])
        }
        let numbers = (answer.arrayValue ?? []).compactMap { $0.stringValue.flatMap { Int64($0) } }
        guard numbers.count == 3 else { throw Self.foreign(eventID) }
        return RoomEntry(place: RoomPlace(epoch: numbers[0], number: numbers[1]), version: numbers[2])
    }

    public func room(eventID: String) async throws -> RoomState? {
        let answer = try await storing {
            try await client.send(
                ["HMGET", .string(key(eventID)), "epoch", "version", "issued", "noted", "state"], key: key(eventID))
        }
        guard let fields = answer.arrayValue, fields.count == 5 else { throw Self.foreign(eventID) }
        guard let state = fields[4].bytesValue else { return nil }
        let numbers = fields.prefix(4).compactMap { $0.stringValue.flatMap { Int64($0) } }
        guard numbers.count == 4, var room = try? JSONDecoder().decode(RoomState.self, from: Data(state)) else {
            throw Self.foreign(eventID)
        }
        (room.epoch, room.version, room.issued, room.issuedAtWrite) = (numbers[0], numbers[1], numbers[2], numbers[3])
        return room
    }

    public func replace(eventID: String, with state: RoomState, ifVersion version: Int64) async throws -> Bool {
        let text = try Self.text(state)
        let answer = try await storing {
            try await client.evaluate(
                Self.replace, keys: [key(eventID)],
                arguments: [.integer(version), .integer(state.epoch), .string(text)])
        }
        return answer.integerValue == 1
    }

    public func report(_ health: HotPathHealth, instance: String, now: Timestamp) async throws {
        let line = "\(now.milliseconds) \(health.requests) \(health.failures) \(health.p95Milliseconds)"
        let answers = await client.sendAll([
            RedisCommand(["HSET", .string(Self.healthKey), .string(instance), .string(line)], keys: [Self.healthKey]),
            RedisCommand(["PEXPIRE", .string(Self.healthKey), .integer(60_000)], keys: [Self.healthKey]),
        ])
        for answer in answers { _ = try await storing { try answer.get() } }
    }

    public func health(now: Timestamp) async throws -> [HotPathHealth] {
        let answer = try await storing {
            try await client.send(["HGETALL", .string(Self.healthKey)], key: Self.healthKey)
        }
        let fields = answer.arrayValue ?? []
        var reports: [HotPathHealth] = []
        var gone: [RedisArgument] = []
        for index in stride(from: 0, to: fields.count - 1, by: 2) {
            guard let instance = fields[index].stringValue, let line = fields[index + 1].stringValue else { continue }
            let words = line.split(separator: " ")
            guard words.count == 4, let at = Int64(words[0]), let requests = Int(words[1]),
                let failures = Int(words[2]), let p95 = Double(words[3]),
                now - Timestamp(milliseconds: at) < Self.healthIsGoneAfter
            else {
                gone.append(.string(instance))
                continue
            }
            guard now - Timestamp(milliseconds: at) < Self.healthLifetime else { continue }
            reports.append(HotPathHealth(requests: requests, failures: failures, p95Milliseconds: p95))
        }
        if !gone.isEmpty {
            _ = try await storing {
                try await client.send(["HDEL", .string(Self.healthKey)] + gone, key: Self.healthKey)
            }
        }
        return reports
    }

    public func ping() async throws { _ = try await storing { try await client.send(["PING"]) } }

    private static let healthKey = "tickctl:health"

    private func key(_ eventID: String) -> String { "{room:\(eventID)}" }

    private static func text(_ state: RoomState) throws(StoreError) -> String {
        do {
            return String(decoding: try JSONEncoder().encode(state), as: UTF8.self)
        } catch {
            throw StoreError(.invalid, store: "cache", "a room cannot be written: \(error)")
        }
    }

    private static func foreign(_ eventID: String) -> StoreError {
        StoreError(.invalid, store: "cache", "the room of \(eventID) is not what tickctl writes; delete its keys")
    }
}
