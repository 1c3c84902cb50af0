import NIOPosix
import TestSupport
import Testing

@testable import RedisClient

/// Six real nodes.
@Suite(.serialized)
struct RedisClusterTests {
    /// Where a slot is and where it is to go.
    private struct Move {
        let slot: Int
        let source: RedisServer
        let destination: RedisServer

        init(key: String, in cluster: RedisCluster) throws {
            slot = KeySlot.slot(of: key)
            source = try cluster.primary(of: slot, seenBy: cluster.nodes[0])
            let elsewhere = (slot + KeySlot.count / 2) % KeySlot.count
            destination = try cluster.primary(of: elsewhere, seenBy: cluster.nodes[0])
        }

        func begin() throws {
            let from = try source.command("CLUSTER", "MYID")
            let to = try destination.command("CLUSTER", "MYID")
            try destination.command("CLUSTER", "SETSLOT", "\(slot)", "IMPORTING", from)
            try source.command("CLUSTER", "SETSLOT", "\(slot)", "MIGRATING", to)
        }

        func migrate(_ keys: String...) throws {
            for key in keys {
                try source.command("MIGRATE", "127.0.0.1", "\(destination.port)", key, "0", "120000")
            }
        }

        func finish() throws {
            let to = try destination.command("CLUSTER", "MYID")
            try destination.command("CLUSTER", "SETSLOT", "\(slot)", "NODE", to)
            try source.command("CLUSTER", "SETSLOT", "\(slot)", "NODE", to)
        }
    }

    private func refusals(_ code: String, by server: RedisServer) throws -> Int {
        let lines = try server.command("INFO", "errorstats").split(whereSeparator: \.isNewline)
        let line = lines.first { $0.hasPrefix("errorstat_\(code):count=") }
        return line.flatMap { $0.split(separator: "=").last }.flatMap { Int($0) } ?? 0
    }

    @Test("keys over all slots, a moved slot, a moving slot, and keys of two slots")
    func slots() async throws {
        let cluster = try RedisCluster()
        try await withClient("redis://127.0.0.1:\(cluster.nodes[0].port)", loops: 2) { client async throws in
            // Found by asking: the URL does not say that it is a cluster.
            let commands = (0..<3_000).map {
                RedisCommand(["SET", .string("key:\($0)"), .integer(Int64($0))], keys: ["key:\($0)"])
            }
            for result in await client.sendAll(commands) { #expect(try result.get() == .status("OK")) }
            for number in stride(from: 0, to: 3_000, by: 7) {
                #expect(
                    try await client.send(["GET", "key:\(number)"], key: "key:\(number)").integerValue == Int64(number))
            }
            #expect(client.state.nodes.count == 3)
            for node in cluster.nodes { #expect(try refusals("MOVED", by: node) == 0) }
            #expect(try await client.send(["PING"]) == .status("PONG"))

            let crossing = RedisCommand(["MGET", "key:1", "key:2"], keys: ["key:1", "key:2"])
            let error = await client.failure(of: crossing)
            #expect(error?.kind == .configuration)
            #expect(error?.message.contains("hash tag") == true)

            try await moved(client, cluster)
            try await moving(client, cluster)
        }
    }

    private func moved(_ client: RedisClient, _ cluster: RedisCluster) async throws {
        let move = try Move(key: "moved", in: cluster)
        try move.begin()
        try move.finish()
        #expect(try await client.send(["SET", "moved", "v"], key: "moved") == .status("OK"))
        #expect(try move.destination.command("GET", "moved") == "v")
        #expect(try refusals("MOVED", by: move.source) > 0)
        // The map is learnt: each loop is refused once or, while the news spreads, a few times.
        for _ in 0..<200 { _ = try await client.send(["GET", "moved"], key: "moved") }
        #expect(try refusals("MOVED", by: move.source) < 20)
    }

    private func moving(_ client: RedisClient, _ cluster: RedisCluster) async throws {
        let move = try Move(key: "{moving}", in: cluster)
        _ = try await client.send(["SET", "{moving}old", "1"], key: "{moving}old")
        try move.begin()
        #expect(try await client.send(["GET", "{moving}old"], key: "{moving}old").integerValue == 1)
        // A key that is new goes to the destination, which must be told ASKING right before.
        let commands = (0..<100).map {
            RedisCommand(["SET", .string("{moving}\($0)"), .integer(Int64($0))], keys: ["{moving}\($0)"])
        }
        for result in await client.sendAll(commands) { #expect(try result.get() == .status("OK")) }
        #expect(try move.destination.command("CLUSTER", "COUNTKEYSINSLOT", "\(move.slot)") == "100")
        #expect(try refusals("ASK", by: move.source) >= 100)
        #expect(try refusals("MOVED", by: move.destination) == 0)

        // Half here and half there: the client tries a few times, then says so.
        let both = RedisCommand(["MGET", "{moving}old", "{moving}1"], keys: ["{moving}old", "{moving}1"])
        let error = await client.failure(of: both)
        #expect(error?.code == "TRYAGAIN")
        #expect(try refusals("TRYAGAIN", by: move.source) > 1)
        try move.migrate("{moving}old")
        let values = try await client.send(both).arrayValue
        #expect(values?.map(\.integerValue) == [1, 1])
        try move.finish()
        #expect(try await client.send(both).arrayValue?.map(\.integerValue) == [1, 1])
    }

    @Test(
        "a primary dies: the others serve on, its replica takes over; all die: calls fail at once; all back: they work")
    func failover() async throws {
        let cluster = try RedisCluster(nodeTimeoutMilliseconds: 3_000)
        try await withClient(cluster.url, loops: 2) { client async throws in
            let key = "key"
            let slot = KeySlot.slot(of: key)
            let victim = try cluster.primary(of: slot, seenBy: cluster.nodes[0])
            let survivor = try #require(
                (0..<1_000).lazy.map { "other:\($0)" }.first {
                    (try? cluster.primary(of: KeySlot.slot(of: $0), seenBy: cluster.nodes[0]).port) != victim.port
                })
            _ = try await client.send(["SET", .string(key), "1"], key: key)
            try await eventually {
                try cluster.nodes.contains { try $0.port != victim.port && $0.command("DBSIZE") == "1" }
            }
            try victim.kill()
            let killed = ContinuousClock.now
            try await eventually {
                _ = try await client.send(["SET", .string(survivor), "1"], key: survivor)
                return (try? await client.send(["GET", .string(key)], key: key).integerValue) == 1
            }
            print("failover: works again \(ContinuousClock.now - killed) after the kill")
            try await client.ready(within: .seconds(120))
            #expect(client.state.nodes.count == 3)
            #expect(!client.state.nodes.contains { $0.address.hasSuffix(":\(victim.port)") })

            for node in cluster.nodes where node.port != victim.port { try node.kill() }
            try await eventually { !client.state.nodes.contains(where: \.isConnected) }
            // A wait of the two minutes that a command may take would show.
            for number in 0..<100 {
                let error = await client.failure(of: "GET", "key:\(number)", key: "key:\(number)")
                #expect(error?.kind == .connect)
            }
            for node in cluster.nodes { try node.start() }
            try await client.ready(within: .seconds(120))
            try await eventually { (try? await client.send(["SET", .string(key), "2"], key: key)) == .status("OK") }
        }
    }

    @Test("a node without cluster support says so to a client that wants one")
    func notACluster() async throws {
        let server = try RedisServer()
        try await withClient(server.url + "?cluster=true", isAwaited: false) { client async throws in
            try await eventually {
                let error = await client.failure(of: "PING")
                return error?.message.contains("cluster support disabled") == true
            }
        }
    }
}
