internal import NIOCore
internal import Synchronization

/// One connection: bytes in, answers out, in order. Everything happens on the connection's event loop.
///
/// A synchronous answer leaves within the read of its request; answers of one read leave together. Requests that are
/// answered asynchronously wait in `exchanges`. Safe ones run at once, up to the limit; any other runs alone, because what
/// comes after it may depend on it (RFC 9112, section 9.3.2).
final class HTTPConnection: ChannelInboundHandler, ChannelOutboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        /// Requests are read. Exits: finishing, closing, closed.
        case open
        /// No more requests; what is being answered still is. Exits: closing, closed.
        case finishing
        /// The last answer is on its way. Exits: lingering, closed.
        case closing
        /// Nothing more is sent; what the client still sends is dropped, so that it can read the last answer before it
        /// learns of the close (RFC 9112, section 9.6). Exit: closed.
        case lingering
        case closed
    }

    /// A request whose answer is not sent yet.
    private struct Exchange {
        enum State {
            case running(Task<Void, Never>)
            case answered(SynchronousAnswer, (any Error)?)
        }

        let request: HTTPRequest
        let startedAt: NIODeadline
        var state: State
    }

    private let loop: LoopContext
    private let info: ConnectionInfo
    private var parser: RequestParser
    private var context: ChannelHandlerContext?
    private var phase = Phase.open
    /// Received and not yet parsed; nil when there is nothing, so that no memory is held between requests.
    private var input: ByteBuffer?
    private var exchanges = CircularBuffer<Exchange>(initialCapacity: 1)
    /// Parsed, and waiting until all before it are answered.
    private var held: (head: RequestHead, message: ByteBuffer)?
    private var pendingRefusal: Refusal?
    private var serial: UInt32 = 0
    private var awaited = RequestParser.Awaited.nothingYet
    private var owesContinue = false
    private var isInputClosed = false
    private var isWritable = true
    private var isReadPending = false
    /// Between channelRead and channelReadComplete: answers are gathered.
    private var isReading = false
    private var isProcessing = false
    /// For what is awaited of the client, and for it to take what is sent.
    private var readDeadline: NIODeadline
    private var writeDeadline = NIODeadline.distantFuture
    private var lastAnswerAt = NIODeadline.now()

    init(loop: LoopContext, info: ConnectionInfo) {
        self.loop = loop
        self.info = info
        parser = RequestParser(
            limits: RequestParser.Limits(
                head: loop.limits.headBytes, body: loop.limits.bodyBytes, target: loop.limits.targetBytes))
        readDeadline = lastAnswerAt + loop.deadlines.idle
    }

    // MARK: - Channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.add(self)
        let count = loop.totals.connections.wrappingAdd(1, ordering: .relaxed).newValue
        if count > loop.limits.connections { phase = .finishing } else { loop.observer.connectionOpened() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        loop.remove(self)
        loop.totals.connections.wrappingSubtract(1, ordering: .relaxed)
    }

    func channelActive(context: ChannelHandlerContext) {
        if phase == .finishing { refuseConnection(context) }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        phase = .closed
        input = nil
        held = nil
        loop.observer.connectionClosed()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase == .open else { return }
        isReading = true
        let received = unwrapInboundIn(data)
        if input == nil { input = received } else { input?.writeImmutableBuffer(received) }
        process(context)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        flush(context)
    }

    func read(context: ChannelHandlerContext) {
        if isBlocked, phase == .open, input != nil || !isWritable {
            isReadPending = true
        } else {
            context.read()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        if isWritable {
            writeDeadline = phase == .closing ? writeDeadline : .distantFuture
            resume(context)
        } else if writeDeadline == .distantFuture {
            writeDeadline = .now() + loop.deadlines.write
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .some(.inputClosed) = event as? ChannelEvent else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        isInputClosed = true
        if phase == .lingering { return context.close(promise: nil) }
        closeIfOver(context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset by the client is an ordinary end.
        context.close(promise: nil)
    }

    // MARK: - Requests

    private var isBlocked: Bool {
        if !isWritable || held != nil || exchanges.count >= loop.limits.requestsInFlight { return true }
        guard let first = exchanges.first else { return false }
        return !first.request.head.method.isSafe
    }

    private func process(_ context: ChannelHandlerContext) {
        guard !isProcessing else { return }
        isProcessing = true
        defer { isProcessing = false }
        let now = NIODeadline.now()
        if exchanges.isEmpty, let next = held {
            held = nil
            begin(next.head, next.message, context, now)
        }
        parsing: while phase == .open, !isBlocked, input != nil {
            switch parser.next(from: &input!) {
            case .request(let head, let message):
                awaited = .nothingYet
                owesContinue = false
                if !exchanges.isEmpty, !head.method.isSafe {
                    held = (head, message)
                } else {
                    begin(head, message, context, now)
                }
                if input?.readableBytes == 0 { input = nil }
                if loop.output.readableBytes > loop.limits.unsentBytes { flush(context) }
            case .expectsContinue:
                owesContinue = true
            case .incomplete(let next):
                expect(next, now)
                break parsing
            case .refused(let refusal):
                refuse(refusal, context)
            }
        }
        if owesContinue, exchanges.isEmpty, held == nil {
            owesContinue = false
            loop.output.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n")
        }
        // A long first request must not keep the capacity that it needed.
        if phase != .open { input = nil }
    }

    private func expect(_ next: RequestParser.Awaited, _ now: NIODeadline) {
        guard next != awaited else { return }
        awaited = next
        switch next {
        case .nothingYet: readDeadline = now + loop.deadlines.idle
        case .head: readDeadline = now + loop.deadlines.header
        case .body: readDeadline = now + loop.deadlines.body
        }
    }

    private func begin(
        _ head: RequestHead, _ message: ByteBuffer, _ context: ChannelHandlerContext, _ now: NIODeadline
    ) {
        serial &+= 1
        var request = HTTPRequest(message: message, head: head, connection: info, serial: serial)
        request.match = loop.router.match(request)
        if !head.isKeptAlive { phase = .finishing }
        loop.observer.requestStarted(request, operationID: operationID(request.match))
        guard let answer = answer(request, context, now) else { return }
        if exchanges.isEmpty {
            send(answer, to: request, startedAt: now, error: nil, context)
        } else {
            exchanges.append(Exchange(request: request, startedAt: now, state: .answered(answer, nil)))
        }
    }

    /// The answer, or nil once a task is working on it.
    private func answer(
        _ request: HTTPRequest, _ context: ChannelHandlerContext, _ now: NIODeadline
    ) -> SynchronousAnswer? {
        if let refusal = loop.router.refusal(of: request, request.match) { return .response(refusal) }
        guard case .route(let index) = request.match else { return .response(.internalError) }
        switch loop.router.routes[Int(index)].handler {
        case .synchronous(let handler): return handler(request)
        case .asynchronous(let handler): run(handler, request, now)
        case .either(let first, let second):
            if let answer = first(request) { return answer }
            run(second, request, now)
        }
        return nil
    }

    private func run(
        _ handler: @escaping @Sendable (HTTPRequest) async throws -> HTTPResponse, _ request: HTTPRequest,
        _ now: NIODeadline
    ) {
        let connection = NIOLoopBound(self, eventLoop: loop.eventLoop)
        let task = Task(executorPreference: loop.executor) {
            let answer: SynchronousAnswer
            var failure: (any Error)?
            do {
                answer = .response(try await handler(request))
            } catch {
                answer = .response(.internalError)
                failure = error
            }
            connection.value.complete(request.serial, answer, failure)
        }
        exchanges.append(Exchange(request: request, startedAt: now, state: .running(task)))
    }

    private func operationID(_ match: RouteMatch) -> String? {
        guard case .route(let index) = match else { return nil }
        return loop.router.routes[Int(index)].operationID
    }

    // MARK: - Answers

    private func complete(_ serial: UInt32, _ answer: SynchronousAnswer, _ error: (any Error)?) {
        guard let index = exchanges.firstIndex(where: { $0.request.serial == serial }) else { return }
        // Else it took too long and was answered in its place.
        guard case .running = exchanges[index].state else { return }
        exchanges[index].state = .answered(answer, error)
        guard let context, phase != .closed else {
            let exchange = exchanges.remove(at: index)
            report(exchange.request, answer.status, startedAt: exchange.startedAt, bytes: 0, error)
            return
        }
        sendAnswered(context)
    }

    /// Sends what is answered, up to the first that is not; then goes on reading.
    private func sendAnswered(_ context: ChannelHandlerContext) {
        while let exchange = exchanges.first, case .answered(let answer, let error) = exchange.state {
            exchanges.removeFirst()
            send(answer, to: exchange.request, startedAt: exchange.startedAt, error: error, context)
        }
        resume(context)
    }

    private func resume(_ context: ChannelHandlerContext) {
        process(context)
        if exchanges.isEmpty, held == nil, let refusal = pendingRefusal {
            pendingRefusal = nil
            refuse(refusal, context)
        }
        if !isReading { flush(context) }
        if isReadPending, !isBlocked || input == nil, isWritable {
            isReadPending = false
            context.read()
        }
        closeIfOver(context)
    }

    private func send(
        _ answer: SynchronousAnswer, to request: HTTPRequest, startedAt: NIODeadline, error: (any Error)?,
        _ context: ChannelHandlerContext
    ) {
        let isAlone = exchanges.isEmpty && held == nil
        if isAlone, phase == .open, loop.totals.isDraining.load(ordering: .relaxed), input?.readableBytes ?? 0 == 0 {
            phase = .finishing
        }
        let isLast = isAlone && phase == .finishing && pendingRefusal == nil
        let bytes = loop.write(answer, to: request, closes: isLast)
        lastAnswerAt = report(request, answer.status, startedAt: startedAt, bytes: bytes, error)
        if isAlone, awaited == .nothingYet { readDeadline = lastAnswerAt + loop.deadlines.idle }
        if isLast { close(context) }
    }

    @discardableResult
    private func report(
        _ request: HTTPRequest, _ status: Int, startedAt: NIODeadline, bytes: Int, _ error: (any Error)?
    ) -> NIODeadline {
        let now = NIODeadline.now()
        var outcome = HTTPOutcome(
            status: status, duration: .nanoseconds((now - startedAt).nanoseconds), responseBytes: bytes, error: error)
        if case .route(let index) = request.match {
            outcome.routeIndex = Int(index)
            outcome.operationID = loop.router.routes[Int(index)].operationID
        }
        loop.observer.requestFinished(request, outcome)
        if loop.totals.isDraining.load(ordering: .relaxed) {
            loop.totals.requestsFinishedInDrain.wrappingAdd(1, ordering: .relaxed)
        }
        return now
    }

    private func refuse(_ refusal: Refusal, _ context: ChannelHandlerContext) {
        phase = .finishing
        guard exchanges.isEmpty, held == nil else {
            pendingRefusal = refusal
            return
        }
        serial &+= 1
        loop.write(
            .error(status: refusal.status, code: refusal.code, message: refusal.message), of: info, serial: serial)
        loop.observer.requestRefused(status: refusal.status, code: refusal.code)
        close(context)
    }

    private func refuseConnection(_ context: ChannelHandlerContext) {
        loop.observer.connectionRefused()
        // A flood of connections is not even answered.
        guard loop.totals.connections.load(ordering: .relaxed) <= loop.limits.connections + 1_000 else {
            return context.close(promise: nil)
        }
        loop.write(
            .error(
                status: 503, code: "overloaded",
                message: "the server has all the connections it can; try again shortly",
                headers: [("Retry-After", "1")]), of: info, serial: 0)
        close(context)
    }

    private func flush(_ context: ChannelHandlerContext) {
        guard loop.output.readableBytes > 0 else { return }
        context.writeAndFlush(wrapOutboundOut(loop.takeOutput()), promise: nil)
    }

    // MARK: - End

    private func closeIfOver(_ context: ChannelHandlerContext) {
        guard isInputClosed, phase == .open, !isProcessing, exchanges.isEmpty, held == nil, !isBlocked else { return }
        close(context)
    }

    /// Sends what is there, then half-closes, then waits a moment for the client to close.
    private func close(_ context: ChannelHandlerContext) {
        guard phase == .open || phase == .finishing else { return }
        phase = .closing
        writeDeadline = .now() + loop.deadlines.write
        let promise = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(loop.takeOutput()), promise: promise)
        promise.futureResult.assumeIsolated().whenComplete { [self] result in
            guard phase == .closing, let context = self.context else { return }
            guard case .success = result, !isInputClosed else { return context.close(promise: nil) }
            phase = .lingering
            readDeadline = .now() + loop.deadlines.linger
            context.close(mode: .output, promise: nil)
            if isReadPending {
                isReadPending = false
                context.read()
            }
        }
    }

    func cut() {
        guard let context, phase != .closed else { return }
        loop.totals.connectionsCut.wrappingAdd(1, ordering: .relaxed)
        for exchange in exchanges {
            if case .running(let task) = exchange.state { task.cancel() }
        }
        context.close(promise: nil)
    }

    /// Looks at the deadlines. Regularly called; nothing else keeps time.
    func check(_ now: NIODeadline) {
        guard let context, phase != .closed else { return }
        if now >= writeDeadline { return context.close(promise: nil) }
        if !exchanges.isEmpty { return checkHandlers(now, context) }
        if phase == .lingering, now >= readDeadline { return context.close(promise: nil) }
        guard phase == .open, held == nil else { return }
        let isIdle = awaited == .nothingYet
        if now >= readDeadline {
            if isIdle { close(context) } else { refuse(.timeout, context) }
        } else if isIdle, loop.totals.isDraining.load(ordering: .relaxed), now >= lastAnswerAt + Self.drainPause {
            close(context)
        }
    }

    /// A connection in use sends its next request within this time, and that one is told to be the last; closed before, a
    /// request on its way would be lost.
    private static let drainPause = TimeAmount.seconds(1)

    private func checkHandlers(_ now: NIODeadline, _ context: ChannelHandlerContext) {
        var isOver = false
        for index in exchanges.indices where now >= exchanges[index].startedAt + loop.deadlines.handler {
            guard case .running(let task) = exchanges[index].state else { continue }
            task.cancel()
            exchanges[index].state = .answered(
                .response(
                    .error(
                        status: 503, code: "timeout", message: "the request took too long; send it again",
                        headers: [("Retry-After", "1")])),
                HTTPServerError(.handlerTimeout, "the handler passed its time limit"))
            isOver = true
        }
        if isOver { sendAnswered(context) }
    }
}
