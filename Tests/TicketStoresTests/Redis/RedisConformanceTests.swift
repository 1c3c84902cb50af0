import RedisClient
import TestSupport
import Testing

@testable import TicketStores

enum RedisKind: CaseIterable, Sendable {
    case single, cluster

    var url: String {
        get throws {
            switch self {
            case .single: try RedisServer.shared.get().url
            case .cluster: try RedisCluster.shared.get().url
            }
        }
    }
}

/// One case at a time: all processes' health is in one place, and each case has a clock of its own.
@Suite(.serialized) struct RedisConformanceTests {
    @Test(arguments: RedisKind.allCases, SharedCacheConformance.Case.allCases)
    func cacheKeeps(_ kind: RedisKind, _ promise: SharedCacheConformance.Case) async throws {
        let client = try await redisClient(kind.url)
        try await SharedCacheConformance.run(promise, on: RedisCache(client))
        await client.close()
    }

    @Test(arguments: RedisKind.allCases, RoomStoreConformance.Case.allCases)
    func roomStoreKeeps(_ kind: RedisKind, _ promise: RoomStoreConformance.Case) async throws {
        let client = try await redisClient(kind.url)
        try await RoomStoreConformance.run(promise, on: RedisRoomStore(client))
        await client.close()
    }
}
