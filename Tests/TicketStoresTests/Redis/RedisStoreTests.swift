import TestSupport
import Testing
import Ticketing

@testable import RedisClient
@testable import TicketStores

/// What the cache and the rooms make of a Redis that forgets, dies or moves.
@Suite(.serialized) struct RedisStoreTests {
    /// "epoch/number" of each.
    private func texts(_ places: [RoomPlace]) -> Set<String> { Set(places.map { "\($0.epoch)/\($0.number)" }) }

    @Test(arguments: RedisKind.allCases)
    func aFlushedRedisBeginsANewEpochWithPlacesUniqueInIt(_ kind: RedisKind) async throws {
        let client = try await redisClient(kind.url)
        let run = RoomStoreConformance.Run(store: RedisRoomStore(client))
        let before = try await atOnce(20) { try await run.enter("user-\($0)", epoch: 1) }
        #expect(texts(before) == Set((0..<20).map { "1/\($0)" }))
        // Users come meanwhile; each process has an epoch of its own to offer.
        let places = try await atOnce(101) { number -> RoomPlace? in
            guard number == 50 else { return try await run.enter("user-\(number)", epoch: Int64(number + 2)) }
            switch kind {
            case .single: try RedisServer.shared.get().command("FLUSHALL")
            case .cluster:
                for node in try RedisCluster.shared.get().nodes
                where try node.command("ROLE").hasPrefix("master") {
                    try node.command("FLUSHALL")
                }
            }
            return nil
        }.compactMap(\.self)
        let all = places + (try await atOnce(100) { try await run.enter("user-\($0)", epoch: 500) })
        let room = try await run.room()
        #expect(room.epoch != 1)
        let now = all.filter { $0.epoch == room.epoch }
        #expect(now.count >= 100)
        let late = try await atOnce(100) { try await run.enter("user-\($0)", epoch: 600) }
        #expect(texts(late).count == 100, "no place is given to two")
        #expect(Set(late.map(\.epoch)) == [room.epoch])
        #expect(texts(all).isSuperset(of: texts(late)), "each keeps the place that it was given")
        #expect(Set(all.map(\.epoch)).isSubset(of: [1, room.epoch]))
        #expect(try await run.room().issued == Int64(texts(now).count))
        await client.close()
    }

    @Test func aRoomThatWasEvictedAloneDoesNotGiveItsOldPlacesAgain() async throws {
        let server = try RedisServer.shared.get()
        let client = try await redisClient(server.url)
        let run = RoomStoreConformance.Run(store: RedisRoomStore(client))
        for number in 0..<5 { #expect(try await run.enter("user-\(number)", epoch: 1).number == Int64(number)) }
        try server.command("DEL", "{room:\(run.sample.eventID)}")
        #expect(try await run.enter("user-4", epoch: 2) == RoomPlace(epoch: 2, number: 0))
        #expect(try await run.enter("user-0", epoch: 2) == RoomPlace(epoch: 2, number: 1))
        #expect(try await run.enter("user-4", epoch: 3) == RoomPlace(epoch: 2, number: 0))
        await client.close()
    }

    @Test func aRoomStaysAndItsPlacesEnd() async throws {
        let server = try RedisServer.shared.get()
        let client = try await redisClient(server.url)
        let run = RoomStoreConformance.Run(store: RedisRoomStore(client))
        _ = try await run.enter("alice")
        let room = "{room:\(run.sample.eventID)}"
        #expect(try server.command("TTL", room) == "-1")
        let bucket = try #require(
            try server.command("KEYS", room + ":*").split(separator: "\n").first)
        let seconds = try #require(Int(try server.command("TTL", String(bucket))))
        #expect((80_000...86_400).contains(seconds))
        await client.close()
    }

    @Test func whatIsNotARoomIsInvalid() async throws {
        let server = try RedisServer.shared.get()
        let client = try await redisClient(server.url)
        let run = RoomStoreConformance.Run(store: RedisRoomStore(client))
        let room = "{room:\(run.sample.eventID)}"
        try server.command("HSET", room, "epoch", "1", "version", "0", "issued", "0", "state", "{}")
        let broken = await #expect(throws: StoreError.self) { _ = try await run.room() }
        #expect(broken?.kind == .invalid)
        try server.command("DEL", room)
        try server.command("SET", room, "something else")
        let foreign = await #expect(throws: StoreError.self) { _ = try await run.enter("alice") }
        #expect(foreign?.kind == .invalid)
        await client.close()
    }

    @Test func aRedisThatIsDownIsUnavailableAtOnceAndComesBackByItself() async throws {
        let server = try RedisServer()
        let client = try await redisClient(server.url)
        let (cache, rooms) = (RedisCache(client), RedisRoomStore(client))
        let run = RoomStoreConformance.Run(store: rooms)
        try await cache.set("key", [1], expiresAfter: .seconds(600))
        _ = try await run.enter("alice", epoch: 1)
        try server.kill()
        // The first call may meet the end of the session.
        _ = try await eventually("the end is noticed") { client.state.isReady ? nil : true }
        let start = ContinuousClock.now
        for _ in 0..<200 {
            let error = await #expect(throws: StoreError.self) { _ = try await cache.value("key") }
            #expect(error?.kind == .unavailable)
        }
        for call in [
            { _ = try await run.enter("bob") }, { _ = try await run.room() }, { try await rooms.ping() },
            { _ = try await rooms.health(now: run.sample.start) },
        ] as [() async throws -> Void] {
            let error = await #expect(throws: StoreError.self) { try await call() }
            #expect(error?.kind == .unavailable)
        }
        #expect(ContinuousClock.now - start < .seconds(120), "none waits for its time-out of two minutes")
        try server.start()
        _ = try await eventually("it is back") { try? await cache.ping() }
        // Each connection comes back in its own time.
        let value = try await eventually("reads are back") { try? await [cache.value("key")] }
        #expect(value == [nil])
        let place = try await eventually("rooms are back") { try? await run.enter("bob", epoch: 2) }
        #expect(place == RoomPlace(epoch: 2, number: 0))
        await client.close()
    }

    @Test func placesAreKeptWhileTheirSlotMoves() async throws {
        let cluster = try RedisCluster.shared.get()
        let client = try await redisClient(cluster.url)
        let run = RoomStoreConformance.Run(store: RedisRoomStore(client))
        let room = "{room:\(run.sample.eventID)}"
        let slot = KeySlot.slot(of: room)
        let source = try cluster.primary(of: slot, seenBy: cluster.nodes[0])
        let destination = try cluster.primary(of: (slot + KeySlot.count / 2) % KeySlot.count, seenBy: cluster.nodes[0])
        let before = try await atOnce(40) { try await run.enter("user-\($0)") }

        let (from, to) = (try source.command("CLUSTER", "MYID"), try destination.command("CLUSTER", "MYID"))
        try destination.command("CLUSTER", "SETSLOT", "\(slot)", "IMPORTING", from)
        try source.command("CLUSTER", "SETSLOT", "\(slot)", "MIGRATING", to)
        // The room first, so that most calls have a key on either side; users enter all the while.
        let keys = try source.command("CLUSTER", "GETKEYSINSLOT", "\(slot)", "1000").split(separator: "\n").map(
            String.init)
        let outcomes = try await atOnce(81) { number -> RoomPlace? in
            guard number == 40 else { return try? await run.enter("user-\(number)") }
            for key in keys.sorted(by: { $0.count < $1.count }) {
                try source.command("MIGRATE", "127.0.0.1", "\(destination.port)", key, "0", "120000")
            }
            return nil
        }
        try destination.command("CLUSTER", "SETSLOT", "\(slot)", "NODE", to)
        try source.command("CLUSTER", "SETSLOT", "\(slot)", "NODE", to)

        let after = try await atOnce(81) { try await run.enter("user-\($0)") }
        #expect(Array(after.prefix(40)) == before, "a place is the same as before")
        #expect(texts(after).count == 81, "no place is given to two")
        for (number, place) in outcomes.enumerated() where place != nil { #expect(after[number] == place) }
        #expect(try await run.room().issued == Int64(after.count))
        #expect(try destination.command("EXISTS", room) == "1")
        await client.close()
    }
}
