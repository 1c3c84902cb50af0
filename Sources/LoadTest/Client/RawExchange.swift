internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// Bytes as they are, on a connection of their own, and every answer to them: for requests that no client library sends.
public enum RawExchange {
    /// What came back.
    public struct Answers: Sendable, Equatable {
        /// In order, ten at most; 0: what is no HTTP.
        public var statuses: [Int] = []
        /// Whether the server closed the connection.
        public var isClosed = false
    }

    /// - Parameters:
    ///   - timeout: for the connection, and for the first answer.
    ///   - quiet: how long another answer is waited for where the server does not close.
    /// - Returns: no status when nothing was answered in that time, or before the server closed.
    /// - Throws: `LoadTestError` `target`: no connection.
    public static func send(
        _ request: [UInt8], to endpoint: Endpoint, timeout: Duration, quiet: Duration = .seconds(1)
    ) async throws -> Answers {
        let resolution = try await offloaded { try Resolution(endpoint) }
        let tls = endpoint.isTLS ? try ClientTLS.context(authorityFile: nil) : nil
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let promise = loop.makePromise(of: Answers.self)
        let isAddress = (try? SocketAddress(ipAddress: endpoint.host, port: 0)) != nil
        let (limit, pause) = (TimeAmount(timeout), TimeAmount(quiet))
        let connecting = ClientBootstrap(group: loop)
            .connectTimeout(limit)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: isAddress ? nil : endpoint.host))
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        RawExchangeHandler(promise, request: request, timeout: limit, quiet: pause))
                }
            }
            .connect(to: resolution.address(0))
        connecting.whenFailure { promise.fail($0) }
        defer { connecting.whenSuccess { $0.close(promise: nil) } }
        do {
            return try await promise.futureResult.get()
        } catch {
            let (failure, detail) = ConnectFailure.classify(error)
            throw LoadTestError(
                .target, "\(endpoint): \(failure.explanation): \(detail)", next: "check the URL, and its certificate")
        }
    }
}

private final class RawExchangeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let mostAnswers = 10

    private let promise: EventLoopPromise<RawExchange.Answers>
    private let request: [UInt8]
    private let timeout: TimeAmount
    private let quiet: TimeAmount
    private var parser = ResponseParser()
    private var received = ByteBuffer()
    private var answers = RawExchange.Answers()
    private var isOver = false

    init(
        _ promise: EventLoopPromise<RawExchange.Answers>, request: [UInt8], timeout: TimeAmount, quiet: TimeAmount
    ) {
        self.promise = promise
        self.request = request
        self.timeout = timeout
        self.quiet = quiet
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: request)), promise: nil)
        finish(in: timeout, context)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        received.writeBuffer(&bytes)
        while !isOver {
            switch parser.next(&received) {
            case .incomplete: return
            case .response(let response):
                answers.statuses.append(response.status)
                if answers.statuses.count == 1 { finish(in: quiet, context) }
                if answers.statuses.count == Self.mostAnswers { finish() }
            case .malformed:
                answers.statuses.append(0)
                finish()
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if let response = parser.finishAtClose(&received) { answers.statuses.append(response.status) }
        answers.isClosed = true
        finish()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A handshake that fails is no answer; a connection that is cut after it is closed.
        if answers.statuses.isEmpty, error is NIOSSLError || error is NIOSSLExtraError {
            isOver = true
            promise.fail(error)
        }
        context.close(promise: nil)
    }

    private func finish(in time: TimeAmount, _ context: ChannelHandlerContext) {
        context.eventLoop.assumeIsolated().scheduleTask(in: time) { self.finish() }
    }

    private func finish() {
        guard !isOver else { return }
        isOver = true
        promise.succeed(answers)
    }
}
