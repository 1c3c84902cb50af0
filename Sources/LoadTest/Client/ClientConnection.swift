internal import NIOCore

/// One keep-alive connection: one request at a time, answers handed to its pool. Everything happens on its event loop.
final class ClientConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let pool: ConnectionPool
    private var context: ChannelHandlerContext?
    private var parser = ResponseParser()
    private var received: ByteBuffer?
    /// What is being answered.
    private(set) var exchange: Exchange?
    /// In the pool's list of idle connections; nil while busy.
    var idleIndex: Int?
    /// In the pool's list of all connections.
    var index = 0
    private var answers = 0
    private var hasReceived = false
    private var isEnding = false

    init(pool: ConnectionPool) { self.pool = pool }

    /// A request may go out on a connection that the server is closing: it was not read there, and may go again.
    var isStale: Bool { answers > 0 && !hasReceived }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func send(_ exchange: Exchange, now: NIODeadline) {
        var exchange = exchange
        exchange.sentAt = now
        self.exchange = exchange
        hasReceived = false
        guard let context else { return }
        context.writeAndFlush(wrapOutboundOut(exchange.request), promise: nil)
    }

    /// The exchange has lasted too long.
    func giveUp() {
        let ended = exchange
        exchange = nil
        close()
        if let ended { pool.failed(ended, .timeout) }
    }

    func close() {
        isEnding = true
        context?.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        hasReceived = true
        if received == nil {
            read(&bytes)
            if bytes.readableBytes > 0 { received = bytes }
        } else {
            received?.writeBuffer(&bytes)
            if var all = received {
                received = nil
                read(&all)
                if all.readableBytes > 0 { received = all }
            }
        }
    }

    private func read(_ bytes: inout ByteBuffer) {
        guard !isEnding else { return }
        switch parser.next(&bytes) {
        case .incomplete: break
        case .malformed(let reason): fail(.malformed, reason)
        case .response(let response):
            guard bytes.readableBytes == 0, exchange != nil else {
                return fail(.malformed, "bytes that belong to no request")
            }
            finish(response)
        }
    }

    private func finish(_ response: Response) {
        guard let ended = exchange else { return }
        exchange = nil
        answers += 1
        if response.isKeptAlive {
            pool.isFree(self)
        } else {
            close()
        }
        pool.answered(ended, response)
    }

    private func fail(_ failure: Failure, _ detail: String) {
        let ended = exchange
        exchange = nil
        close()
        if let ended { pool.failed(ended, failure, detail: detail) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        isEnding = true
        pool.isGone(self)
        guard let ended = exchange else { return }
        if var rest = received, let response = parser.finishAtClose(&rest) {
            exchange = nil
            pool.answered(ended, response)
        } else if isStale, !ended.isRepeated {
            exchange = nil
            pool.repeatElsewhere(ended)
        } else {
            fail(.closed, "the connection ended")
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let (failure, detail) = ConnectFailure.classify(error)
        // A reset is an ordinary end, which channelInactive judges.
        if failure == .tls { fail(.tls, detail) } else { context.close(promise: nil) }
    }
}

/// A request and where its answer belongs.
struct Exchange {
    let requestClass: RequestClass
    let request: ByteBuffer
    /// Latency counts from here.
    let plannedAt: NIODeadline
    /// Who goes on with the answer; nil: nobody.
    let buyer: Buyer?
    var sentAt = NIODeadline.uptimeNanoseconds(0)
    /// When it began to wait for a connection.
    var queuedAt = NIODeadline.uptimeNanoseconds(0)
    var isRepeated = false

    init(_ requestClass: RequestClass, _ request: ByteBuffer, plannedAt: NIODeadline, buyer: Buyer? = nil) {
        self.requestClass = requestClass
        self.request = request
        self.plannedAt = plannedAt
        self.buyer = buyer
    }
}
