public import NIOCore
internal import Synchronization

/// Redis, single or cluster, over one session for each node and event loop.
///
/// A call made on an event loop of the group stays on it: no thread is changed, and all commands of one loop tick leave in
/// one write. Calls from elsewhere take the loops in turn. Nothing waits for a connection: without one, a call fails at
/// once, and sessions are made again in the background. Cancelling a task does not end its call; `commandTimeout` does.
public final class RedisClient: Sendable {
    private struct Lane: Sendable {
        let loop: any EventLoop
        let router: NIOLoopBoundBox<Router>
    }

    public let configuration: RedisConfiguration
    private let group: any EventLoopGroup
    private let lanes: [ObjectIdentifier: Lane]
    private let board: StateBoard
    private let isClosed = Atomic(false)

    /// Starts to connect. Close the client before the group.
    /// - Throws: `RedisError` of kind `configuration`: a limit that makes no sense, trust roots that cannot be read.
    public init(_ configuration: RedisConfiguration, group: any EventLoopGroup) throws(RedisError) {
        try configuration.check()
        var security: TransportSecurity?
        if let tls = configuration.tls { security = try TransportSecurity(tls, target: configuration.target) }
        let loops = Array(group.makeIterator())
        let board = StateBoard(loops: loops.count)
        var lanes: [ObjectIdentifier: Lane] = [:]
        for (index, loop) in loops.enumerated() {
            let router = NIOLoopBoundBox.makeBoxSendingValue(
                Router(
                    configuration: configuration, security: security, eventLoop: loop, index: index, board: board),
                eventLoop: loop)
            lanes[ObjectIdentifier(loop)] = Lane(loop: loop, router: router)
            loop.execute { router.value.start() }
        }
        self.configuration = configuration
        self.group = group
        self.lanes = lanes
        self.board = board
    }

    deinit {
        // The loops may have ended since then.
        guard !isClosed.load(ordering: .acquiring) else { return }
        for lane in lanes.values {
            let router = lane.router
            lane.loop.execute { router.value.close() }
        }
    }

    /// What is reached now; cheap, from any thread.
    public var state: RedisState { board.state }

    /// Sends a command and waits for its answer.
    ///
    /// - Parameter key: the key that it touches, which decides the node of a cluster; nil: any node will do.
    /// - Throws: `RedisError`, also when the server answers with an error.
    public nonisolated(nonsending) func send(
        _ arguments: [RedisArgument], key: String? = nil
    ) async throws(RedisError) -> RedisValue {
        try await send(RedisCommand(arguments, keys: key.map { [$0] } ?? []))
    }

    /// As `send(_:key:)`, for a command with any number of keys.
    public nonisolated(nonsending) func send(_ command: RedisCommand) async throws(RedisError) -> RedisValue {
        let result = await withCheckedContinuation { continuation in
            onLoop { router in
                router.submit(Request(command: command, deadline: router.deadline, waiter: .caller(continuation)))
            }
        }
        return try result.get()
    }

    /// Sends all commands at once and waits for all answers, which come in the order of the commands. They are not a
    /// transaction: each succeeds or fails alone.
    public nonisolated(nonsending) func sendAll(_ commands: [RedisCommand]) async -> [Result<RedisValue, RedisError>] {
        guard !commands.isEmpty else { return [] }
        return await withCheckedContinuation { continuation in
            onLoop { router in
                let batch = Batch(count: commands.count, continuation)
                let deadline = router.deadline
                for (index, command) in commands.enumerated() {
                    router.submit(Request(command: command, deadline: deadline, waiter: .member(batch, index: index)))
                }
            }
        }
    }

    /// Runs a script by its digest; a node that does not know it gets the source.
    ///
    /// - Parameter keys: `KEYS` of the script, all of one slot in a cluster.
    /// - Parameter arguments: `ARGV` of the script.
    public nonisolated(nonsending) func evaluate(
        _ script: RedisScript, keys: [String] = [], arguments: [RedisArgument] = []
    ) async throws(RedisError) -> RedisValue {
        let digest: String
        if let known = script.digest {
            digest = known
        } else {
            let answer = try await send(RedisCommand(["SCRIPT", "LOAD", .string(script.source)], keys: keys))
            guard let told = answer.stringValue else {
                throw RedisError(
                    kind: .protocolViolation, message: "SCRIPT LOAD answered no digest", target: configuration.target)
            }
            script.digest = told
            digest = told
        }
        let rest = [.integer(Int64(keys.count))] + keys.map(RedisArgument.string) + arguments
        do {
            return try await send(RedisCommand(["EVALSHA", .string(digest)] + rest, keys: keys))
        } catch {
            guard error.code == "NOSCRIPT" else { throw error }
            return try await send(RedisCommand(["EVAL", .string(script.source)] + rest, keys: keys))
        }
    }

    /// Waits until every command can be sent, for programs that begin with Redis.
    /// - Throws: `RedisError`: why it cannot after `limit`.
    public func ready(within limit: Duration) async throws(RedisError) {
        let end = ContinuousClock.now + limit
        while !state.isReady {
            guard ContinuousClock.now < end, !Task.isCancelled else {
                let failure = state.nodes.lazy.compactMap(\.failure).first
                throw failure
                    ?? RedisError(kind: .connect, message: "not ready within \(limit)", target: configuration.target)
            }
            // Ends early only when cancelled, which is looked at above.
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Ends all sessions; calls under way and later ones fail with kind `closed`.
    public func close() async {
        isClosed.store(true, ordering: .releasing)
        for lane in lanes.values {
            let router = lane.router
            // Fails only when the loop has ended, and the sessions with it.
            try? await lane.loop.submit { router.value.close() }.get()
        }
    }

    /// Runs `body` with the router of the caller's own event loop, or of the next one.
    private func onLoop(_ body: @escaping @Sendable (Router) -> Void) {
        guard let lane = lanes[ObjectIdentifier(group.any())] else {
            preconditionFailure("the event loop group has made a new loop")
        }
        if lane.loop.inEventLoop {
            body(lane.router.value)
        } else {
            lane.loop.execute { body(lane.router.value) }
        }
    }
}
