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
        let progress = NIOLoopBoundBox.makeBoxSendingValue(Progress.connecting, eventLoop: loop)
        let connecting = ClientBootstrap(group: loop)
            .connectTimeout(timeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: isAddress ? nil : endpoint.host))
                    }
                    try channel.pipeline.syncOperations.addHandler(ProbeHandler(promise, request, progress))
                }
            }
            .connect(to: resolution.address(0))
        connecting.whenFailure { promise.fail($0) }
        let timer = loop.scheduleTask(in: timeout) { promise.fail(Silence(since: progress.value)) }
        defer {
            timer.cancel()
            connecting.whenSuccess { $0.close(promise: nil) }
        }
        do {
            let answer = try await promise.futureResult.get()
            return Response(status: answer.status, body: answer.body, isKeptAlive: false, isReplay: false)
        } catch let error as LoadTestError {
            throw error
        } catch let silence as Silence {
            throw LoadTestError(
                .target, "\(endpoint)\(target): \(silence.words) within \(timeout.nanoseconds / 1_000_000) ms",
                next: silence.since == .connected && tls != nil
                    ? "check that the port speaks TLS" : "check the URL, and that the platform runs")
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

private enum Progress: Sendable {
    case connecting
    /// And no TLS yet.
    case connected
    /// The request is sent.
    case asked
}

/// The time is over.
private struct Silence: Error {
    let since: Progress

    var words: String {
        switch since {
        case .connecting: "no connection"
        case .connected: "TLS failed: no handshake"
        case .asked: "connected, but no answer"
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
    private let progress: NIOLoopBoundBox<Progress>
    private var parser = ResponseParser()
    private var received = ByteBuffer()

    init(
        _ promise: EventLoopPromise<ProbeAnswer>, _ request: ByteBuffer, _ progress: NIOLoopBoundBox<Progress>
    ) {
        self.promise = promise
        self.request = request
        self.progress = progress
    }

    func channelActive(context: ChannelHandlerContext) {
        progress.value = .connected
        // Under TLS it is done only after the handshake.
        let progress = progress
        context.writeAndFlush(wrapOutboundOut(request)).assumeIsolated().whenSuccess { progress.value = .asked }
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
