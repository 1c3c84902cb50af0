internal import Glibc
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

    /// What was received and is no whole request yet, or may not begin yet.
    private final class Unfinished {
        var parser: RequestParser
        var input: ByteBuffer

        init(_ parser: RequestParser, _ input: ByteBuffer) {
            self.parser = parser
            self.input = input
        }
    }

    private let loop: LoopContext
    private let info: ConnectionInfo
    private let parserLimits: RequestParser.Limits
    private var context: ChannelHandlerContext?
    private var phase = Phase.open
    /// nil between requests, so that an idle connection holds no memory.
    private var unfinished: Unfinished?
    private let exchanges = ExchangeQueue()
    private var pendingRefusal: Refusal?
    private var serial: UInt32 = 0
    private var isOverLimit = false
    private var awaited = RequestParser.Awaited.nothingYet
    private var owesContinue = false
    private var isInputClosed = false
    private var isWritable = true
    /// The socket, from channelActive to channelInactive: see `flush`.
    private var descriptor: NIOBSDSocket.Handle?
    /// Writes that wait in the channel because the socket took no more.
    private var waitingWrites = 0
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
        parserLimits = RequestParser.Limits(
            head: loop.limits.headBytes, body: loop.limits.bodyBytes, target: loop.limits.targetBytes)
        readDeadline = lastAnswerAt + loop.deadlines.idle
    }

    // MARK: - Channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.add(self)
        let count = loop.totals.connections.wrappingAdd(1, ordering: .relaxed).newValue
        isOverLimit = count > loop.limits.connections
        if !isOverLimit { loop.observer.connectionOpened() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        if exchanges.count == 0 { leave() }
    }

    /// Closed, and nothing is being answered any more.
    private func leave() {
        loop.remove(self)
        loop.totals.connections.wrappingSubtract(1, ordering: .relaxed)
    }

    func channelActive(context: ChannelHandlerContext) {
        if loop.isOver { return context.close(promise: nil) }
        descriptor = try? context.channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { $0 }
        if isOverLimit { refuseConnection(context) }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        phase = .closed
        unfinished = nil
        exchanges.dropHeld()
        // What could not be sent to this client must never reach another.
        loop.output.removeAll()
        descriptor = nil
        if !isOverLimit { loop.observer.connectionClosed() }
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase == .open else { return }
        isReading = true
        process(unwrapInboundIn(data), context)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        flush(context)
    }

    func read(context: ChannelHandlerContext) {
        if isBlocked, phase == .open, unfinished != nil || !isWritable {
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

    private var isBlocked: Bool { !isWritable || exchanges.isFull(limit: loop.limits.requestsInFlight) }

    /// Begins what can be begun of what was received; the rest is kept.
    private func process(_ received: ByteBuffer?, _ context: ChannelHandlerContext) {
        guard !isProcessing else { return }
        isProcessing = true
        let now = NIODeadline.now()
        if exchanges.isHolding, let held = exchanges.takeHeld() {
            begin(held.head, held.message, hasMore: unfinished != nil, context, now)
        }
        if let unfinished {
            self.unfinished = nil
            if var received {
                // Else the memory of what was read would grow as long as something is always unfinished.
                unfinished.input.discardReadBytes()
                unfinished.input.writeBuffer(&received)
            }
            parse(&unfinished.input, with: &unfinished.parser, context, now)
            if phase == .open, unfinished.input.readableBytes > 0 || unfinished.parser.isWithinRequest {
                self.unfinished = unfinished
            }
        } else if var input = received {
            var parser = RequestParser(limits: parserLimits)
            parse(&input, with: &parser, context, now)
            if phase == .open, input.readableBytes > 0 || parser.isWithinRequest {
                unfinished = Unfinished(parser, input)
            }
        }
        if owesContinue, exchanges.isEmpty {
            owesContinue = false
            loop.output.appendContinue()
        }
        isProcessing = false
    }

    private func parse(
        _ input: inout ByteBuffer, with parser: inout RequestParser, _ context: ChannelHandlerContext,
        _ now: NIODeadline
    ) {
        while phase == .open, !isBlocked, input.readableBytes > 0 {
            switch parser.next(from: &input) {
            case .request(let head, let message):
                awaited = .nothingYet
                owesContinue = false
                if exchanges.count > 0, !head.method.isSafe {
                    exchanges.hold(head, message)
                } else {
                    begin(head, message, hasMore: input.readableBytes > 0, context, now)
                }
                if loop.output.byteCount > loop.limits.unsentBytes { flush(context) }
            case .expectsContinue:
                owesContinue = true
            case .incomplete(let next):
                return expect(next, now)
            case .refused(let refusal):
                refuse(refusal, context)
            }
        }
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

    /// - Parameter hasMore: something was received after this request.
    private func begin(
        _ head: RequestHead, _ message: ByteBuffer, hasMore: Bool, _ context: ChannelHandlerContext,
        _ now: NIODeadline
    ) {
        serial &+= 1
        var request = HTTPRequest(message: message, head: head, connection: info, serial: serial)
        request.match = loop.router.match(request)
        if !head.isKeptAlive { phase = .finishing }
        var entry: Router.Entry?
        if case .route(let index) = request.match { entry = loop.router.entries[Int(index)] }
        guard let answer = answer(request, entry, now) else { return }
        if exchanges.count == 0 {
            send(answer, to: request, startedAt: now, error: nil, hasMore: hasMore, context)
        } else {
            exchanges.append(Exchange(request: request, startedAt: now, state: .answered(answer, nil)))
        }
    }

    /// The answer, or nil once a task is working on it.
    private func answer(_ request: HTTPRequest, _ entry: Router.Entry?, _ now: NIODeadline) -> SynchronousAnswer? {
        guard let entry, !entry.acceptsJSON || request.isJSON else {
            return .response(loop.router.refusal(of: request, request.match) ?? .internalError)
        }
        if let answer = entry.immediate?(request) { return answer }
        guard let handler = entry.asynchronous else { return .response(.internalError) }
        run(handler, request, now)
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

    // MARK: - Answers

    private func complete(_ serial: UInt32, _ answer: SynchronousAnswer, _ error: (any Error)?) {
        // Else it took too long, and was answered in its place.
        guard exchanges.answer(serial, answer, error) else { return }
        if let context, phase != .closed { return sendAnswered(context) }
        while let (exchange, answer, error) = exchanges.takeAnswered() {
            report(exchange.request, answer.status, startedAt: exchange.startedAt, bytes: 0, error)
        }
        if exchanges.count == 0 { leave() }
    }

    /// Sends what is answered, up to the first that is not; then goes on reading.
    private func sendAnswered(_ context: ChannelHandlerContext) {
        while let (exchange, answer, error) = exchanges.takeAnswered() {
            send(
                answer, to: exchange.request, startedAt: exchange.startedAt, error: error, hasMore: unfinished != nil,
                context)
        }
        resume(context)
    }

    private func resume(_ context: ChannelHandlerContext) {
        process(nil, context)
        if exchanges.isEmpty, let refusal = pendingRefusal {
            pendingRefusal = nil
            refuse(refusal, context)
        }
        if !isReading { flush(context) }
        if isReadPending, isWritable, !isBlocked || unfinished == nil {
            isReadPending = false
            context.read()
        }
        closeIfOver(context)
    }

    private func send(
        _ answer: SynchronousAnswer, to request: HTTPRequest, startedAt: NIODeadline, error: (any Error)?,
        hasMore: Bool, _ context: ChannelHandlerContext
    ) {
        let isAlone = exchanges.isEmpty
        if isAlone, !hasMore, phase == .open, loop.totals.isDraining.load(ordering: .relaxed) { phase = .finishing }
        let isLast = isAlone && phase == .finishing && pendingRefusal == nil
        let bytes = loop.output.append(answer, to: request, closes: isLast)
        lastAnswerAt = report(request, answer.status, startedAt: startedAt, bytes: bytes, error)
        if isAlone, awaited == .nothingYet { readDeadline = lastAnswerAt + loop.deadlines.idle }
        if isLast { close(context) }
    }

    @discardableResult
    private func report(
        _ request: HTTPRequest, _ status: Int, startedAt: NIODeadline, bytes: Int, _ error: (any Error)?
    ) -> NIODeadline {
        let now = NIODeadline.now()
        let index: Int? = if case .route(let index) = request.match { Int(index) } else { nil }
        loop.observer.requestFinished(
            request,
            HTTPOutcome(
                entry: index.map { loop.router.entries[$0] }, routeIndex: index, status: status,
                nanoseconds: (now - startedAt).nanoseconds, responseBytes: bytes, error: error))
        if loop.totals.isDraining.load(ordering: .relaxed) {
            loop.totals.requestsFinishedInDrain.wrappingAdd(1, ordering: .relaxed)
        }
        return now
    }

    private func refuse(_ refusal: Refusal, _ context: ChannelHandlerContext) {
        phase = .finishing
        guard exchanges.isEmpty else {
            pendingRefusal = refusal
            return
        }
        serial &+= 1
        loop.output.append(
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
        loop.output.append(
            .error(
                status: 503, code: "overloaded",
                message: "the server has all the connections it can; try again shortly",
                headers: [("Retry-After", "1")]), of: info, serial: 0)
        close(context)
    }

    /// Hands what is gathered to the socket. Nearly always it takes everything at once, and then the channel's own queue
    /// of writes, which costs as much as the system call, is not needed; what it does not take waits there.
    private func flush(_ context: ChannelHandlerContext) {
        let bytes = loop.output.bytes
        guard !bytes.isEmpty else { return }
        var sent = 0
        if let descriptor, waitingWrites == 0 { sent = writeAtOnce(bytes, to: descriptor) }
        guard sent < bytes.count else { return loop.output.removeAll() }
        let rest = ByteBuffer(bytes: UnsafeRawBufferPointer(rebasing: bytes[sent...]))
        loop.output.removeAll()
        waitingWrites += 1
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { [self] result in
            waitingWrites -= 1
            guard let context = self.context else { return }
            if case .failure = result { return context.close(promise: nil) }
            if waitingWrites == 0 { linger(context) }
        }
        context.writeAndFlush(wrapOutboundOut(rest), promise: promise)
    }

    // MARK: - End

    private func closeIfOver(_ context: ChannelHandlerContext) {
        guard isInputClosed, phase == .open, !isProcessing, exchanges.isEmpty, !isBlocked else { return }
        close(context)
    }

    /// Sends what is there, then half-closes, then waits a moment for the client to close.
    private func close(_ context: ChannelHandlerContext) {
        guard phase == .open || phase == .finishing else { return }
        phase = .closing
        writeDeadline = .now() + loop.deadlines.write
        flush(context)
        if waitingWrites == 0 { linger(context) }
    }

    private func linger(_ context: ChannelHandlerContext) {
        guard phase == .closing else { return }
        if isInputClosed { return context.close(promise: nil) }
        phase = .lingering
        writeDeadline = .distantFuture
        readDeadline = .now() + loop.deadlines.linger
        context.close(mode: .output, promise: nil)
        if isReadPending {
            isReadPending = false
            context.read()
        }
    }

    /// Closes so that the kernel, too, lets go at once: it would keep megabytes of answers for as long as a client that does
    /// not read them stays, and tell it of the end only behind them (SO_LINGER of 0: socket(7)).
    private func reset(_ context: ChannelHandlerContext) {
        if let descriptor {
            var none = Glibc.linger(l_onoff: 1, l_linger: 0)
            _ = setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &none, socklen_t(MemoryLayout.size(ofValue: none)))
        }
        context.close(promise: nil)
    }

    func cut() {
        for (_, task) in exchanges.running { task.cancel() }
        guard let context, phase != .closed else { return }
        loop.totals.connectionsCut.wrappingAdd(1, ordering: .relaxed)
        context.close(promise: nil)
    }

    /// Looks at the deadlines. Regularly called; nothing else keeps time.
    func check(_ now: NIODeadline) {
        guard let context, phase != .closed else { return cancelLateHandlers(now) }
        if now >= writeDeadline { return reset(context) }
        if exchanges.count > 0 { return checkHandlers(now, context) }
        if phase == .lingering, now >= readDeadline { return context.close(promise: nil) }
        guard phase == .open, exchanges.isEmpty else { return }
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
        let late = lateHandlers(now)
        for (exchange, task) in late {
            task.cancel()
            _ = exchanges.answer(
                exchange.request.serial,
                .response(
                    .error(
                        status: 503, code: "timeout", message: "the request took too long; send it again",
                        headers: [("Retry-After", "1")])),
                HTTPServerError(.handlerTimeout, "the handler passed its time limit"))
        }
        if !late.isEmpty { sendAnswered(context) }
    }

    /// The client is gone; there is nobody to answer.
    private func cancelLateHandlers(_ now: NIODeadline) {
        for (_, task) in lateHandlers(now) { task.cancel() }
    }

    private func lateHandlers(_ now: NIODeadline) -> [(exchange: Exchange, task: Task<Void, Never>)] {
        exchanges.running.filter { now >= $0.exchange.startedAt + loop.deadlines.handler }
    }
}
