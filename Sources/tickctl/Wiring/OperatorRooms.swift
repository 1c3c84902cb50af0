import Foundation
import NIOPosix
import RedisClient
import ServiceRoles
import TicketStores
import Ticketing

/// The waiting rooms that all processes share, for an operator.
struct OperatorRooms {
    private let store: any RoomStore
    /// The rooms' own ticks come between a reading and a writing, some a second.
    private static let attempts = 100

    /// - Throws: `Refusal` without REDIS_URL; `RedisError`, `StoreError`.
    static func with<Result>(_ body: (OperatorRooms) async throws -> Result) async throws -> Result {
        let settings = try ServiceSettings(ProcessInfo.processInfo.environment)
        guard var configuration = settings.redis else {
            throw Refusal(
                description:
                    "REDIS_URL is not set: an embedded room lives in the process that serves it and nobody else "
                    + "can reach it; start `tickctl serve` with ROOM_RATE, ROOM_BURST and ROOM_ADMISSION_SECONDS, or "
                    + "export REDIS_URL (and REDIS_AUTH) as the services have it")
        }
        // Nobody waits in a queue behind an operator.
        (configuration.commandTimeout, configuration.stallTimeout) = (.seconds(5), .seconds(5))
        let client = try RedisClient(configuration, group: MultiThreadedEventLoopGroup.singleton)
        let rooms = OperatorRooms(store: RedisRoomStore(client))
        do {
            try await client.ready(within: .seconds(10))
            let result = try await body(rooms)
            await client.close()
            return result
        } catch {
            await client.close()
            throw error
        }
    }

    func room(_ eventID: String) async throws -> RoomState {
        guard let room = try await store.room(eventID: eventID) else {
            throw Refusal(
                description:
                    "there is no room of \(eventID) yet: the first buyer who enters makes it, with the services' "
                    + "ROOM_RATE, ROOM_BURST and ROOM_ADMISSION_SECONDS")
        }
        return room
    }

    /// Changes a room; whoever was faster is read again.
    func change(_ eventID: String, _ change: (inout RoomState) throws -> Void) async throws -> RoomState {
        for _ in 0..<Self.attempts {
            var room = try await room(eventID)
            let version = room.version
            try change(&room)
            room.version += 1
            if try await store.replace(eventID: eventID, with: room, ifVersion: version) { return room }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw StoreError(
            .overloaded, store: "cache", "the room of \(eventID) changed \(Self.attempts) times meanwhile; try again")
    }
}
