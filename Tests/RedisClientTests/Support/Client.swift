import NIOCore
import NIOPosix
import RedisClient
import TestSupport
import Testing

/// Runs `body` with a client that has one event loop unless told otherwise, and closes it.
func withClient(
    _ url: String, loops: Int = 1, isAwaited: Bool = true, _ change: (inout RedisConfiguration) -> Void = { _ in },
    body: (RedisClient) async throws -> Void
) async throws {
    var configuration = try RedisConfiguration(url: url)
    // The machine may be busy: limits are for the tests that are about them.
    configuration.commandTimeout = .seconds(120)
    configuration.stallTimeout = .seconds(180)
    configuration.connectTimeout = .seconds(60)
    change(&configuration)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
    let client = try RedisClient(configuration, group: group)
    do {
        if isAwaited { try await client.ready(within: .seconds(120)) }
        try await body(client)
    } catch {
        await client.close()
        try await group.shutdownGracefully()
        throw error
    }
    await client.close()
    try await group.shutdownGracefully()
}

extension RedisClient {
    /// The error of a call; an issue is recorded when it has none.
    func failure(of arguments: RedisArgument..., key: String? = nil) async -> RedisError? {
        await failure(of: RedisCommand(arguments, keys: key.map { [$0] } ?? []))
    }

    func failure(of command: RedisCommand) async -> RedisError? {
        do throws(RedisError) {
            let value = try await send(command)
            Issue.record("no error but \(value)")
            return nil
        } catch {
            return error
        }
    }
}
