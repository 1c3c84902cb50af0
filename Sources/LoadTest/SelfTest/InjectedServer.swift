internal import Glibc
internal import NIOCore
internal import NIOPosix

/// A server on 127.0.0.1 that answers after delays of one's choice, measures them itself, and can freeze: what a load
/// generator must not miss.
final class InjectedServer: Sendable {
    let port: Int
    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel
    private let state: NIOLoopBound<State>

    private final class State {
        let delay: @Sendable (Int) -> TimeAmount
        var requests = 0
        /// From the read of a request to the write of its answer.
        var microseconds: [UInt32] = []

        init(_ delay: @escaping @Sendable (Int) -> TimeAmount) { self.delay = delay }
    }

    /// - Parameters:
    ///   - delay: of the answer to the request of a number, from 0.
    ///   - status: of every answer.
    init(status: Int = 200, delay: @escaping @Sendable (_ request: Int) -> TimeAmount = { _ in .zero }) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let state = try await loop.submit { NIOLoopBound(State(delay), eventLoop: loop) }.get()
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(state.value, status: status))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        self.group = group
        self.state = state
        self.channel = channel
        port = channel.localAddress?.port ?? 0
    }

    var url: String { "http://127.0.0.1:\(port)" }

    /// Does nothing at all for a time, from an instant on.
    func freeze(after delay: TimeAmount, for duration: TimeAmount) {
        group.next().scheduleTask(in: delay) {
            let end = NIODeadline.now() + duration
            while NIODeadline.now() < end { usleep(1_000) }
        }
    }

    /// The durations of all answers so far, measured here.
    var microseconds: [UInt32] {
        get async throws {
            let state = state
            return try await group.next().submit { state.value.microseconds }.get()
        }
    }

    func stop() async {
        try? await channel.close()
        try? await group.shutdownGracefully()
    }

    /// Knows as much of HTTP as the generator says: requests without bodies.
    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let state: State
        private let answer: ByteBuffer
        private var received = ByteBuffer()

        init(_ state: State, status: Int) {
            self.state = state
            answer = ByteBuffer(string: "HTTP/1.1 \(status) Injected\r\nContent-Length: 2\r\n\r\nok")
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let readAt = NIODeadline.now()
            var bytes = unwrapInboundIn(data)
            received.writeBuffer(&bytes)
            guard received.readableBytesView.suffix(4).elementsEqual([13, 10, 13, 10]) else { return }
            received.clear()
            let number = state.requests
            state.requests += 1
            let delay = state.delay(number)
            guard delay > .zero else { return respond(context, readAt) }
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.eventLoop.scheduleTask(in: delay) {
                let (handler, context) = bound.value
                handler.respond(context, readAt)
            }
        }

        private func respond(_ context: ChannelHandlerContext, _ readAt: NIODeadline) {
            context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
            state.microseconds.append(UInt32(clamping: (NIODeadline.now() - readAt).nanoseconds / 1_000))
        }
    }
}
