internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// One request on a connection of its own: for what is asked once, before a run.
enum Probe {
    /// - Throws: `LoadTestError` `target`: no answer, and why.
    static func get(
        _ target: String, _ endpoint: Endpoint, _ resolution: Resolution, tls: NIOSSLContext?, timeout: TimeAmount
    ) async throws -> Response {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let promise = loop.makePromise(of: ProbeAnswer.self)
        let isAddress = (try? SocketAddress(ipAddress: endpoint.host, port: 0)) != nil
        let request = RequestWriter(endpoint).get(target)
        let connecting = ClientBootstrap(group: loop)
            .connectTimeout(timeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: isAddress ? nil : endpoint.host))
                    }
                    try channel.pipeline.syncOperations.addHandler(ProbeHandler(promise, request))
                }
            }
            .connect(to: resolution.address(0))
        connecting.whenFailure { promise.fail($0) }
        let timer = loop.scheduleTask(in: timeout) { promise.fail(ChannelError.connectTimeout(timeout)) }
        defer {
            timer.cancel()
            connecting.whenSuccess { $0.close(promise: nil) }
        }
        do {
            let answer = try await promise.futureResult.get()
            return Response(status: answer.status, body: answer.body, isKeptAlive: false, isReplay: false)
        } catch let error as LoadTestError {
            throw error
        } catch {
            let (failure, detail) = ConnectFailure.classify(error)
            throw LoadTestError(
                .target, "\(endpoint)\(target): \(failure.explanation): \(detail)",
                next: failure == .tls
                    ? "check its certificate, or name its authority with --ca-file"
                    : "check the URL, and that the platform runs")
        }
    }
}

private struct ProbeAnswer: Sendable {
    var status: Int
    var body: ByteBuffer
}

private final class ProbeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let promise: EventLoopPromise<ProbeAnswer>
    private let request: ByteBuffer
    private var parser = ResponseParser()
    private var received = ByteBuffer()

    init(_ promise: EventLoopPromise<ProbeAnswer>, _ request: ByteBuffer) {
        self.promise = promise
        self.request = request
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(request), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        received.writeBuffer(&bytes)
        switch parser.next(&received) {
        case .incomplete: break
        case .response(let response): promise.succeed(ProbeAnswer(status: response.status, body: response.body))
        case .malformed(let reason):
            promise.fail(
                LoadTestError(.contract, "the answer is no HTTP/1.1: \(reason)", next: "check the URL and its port"))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if let response = parser.finishAtClose(&received) {
            promise.succeed(ProbeAnswer(status: response.status, body: response.body))
        } else {
            promise.fail(ChannelError.eof)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(error)
        context.close(promise: nil)
    }
}
