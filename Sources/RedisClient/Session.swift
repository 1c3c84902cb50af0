import NIOCore
import NIOPosix
import NIOSSL

/// One signed-in socket: commands go out, answers are matched in order. Confined to its event loop.
///
/// States: connecting (`start`) -> signing in (`channelActive`) -> ready (`onReady`) -> closed (`onClosed`, once, from
/// any of them).
final class Session: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case connecting
        case signingIn
        case ready
        case closed
    }

    let address: NodeAddress
    private let configuration: RedisConfiguration
    private let eventLoop: any EventLoop
    private var loop: NIOIsolatedEventLoop { eventLoop.assumeIsolatedUnsafeUnchecked() }
    private let onReady: () -> Void
    private let onAnswer: (Request, RedisValue) -> Void
    private let onClosed: (RedisError) -> Void

    private var state = State.connecting
    private var context: ChannelHandlerContext?
    private let reader: ReplyReader
    private var queue: CommandQueue<Request>
    private var outgoing = ByteBuffer()
    private var isFlushScheduled = false
    private var isWritable = true
    private var isRetiring = false
    private var timer: (at: NIODeadline, task: Scheduled<Void>)?
    private var signInTimer: Scheduled<Void>?
    private let stallLimit: TimeAmount

    init(
        address: NodeAddress, configuration: RedisConfiguration, eventLoop: any EventLoop,
        onReady: @escaping () -> Void, onAnswer: @escaping (Request, RedisValue) -> Void,
        onClosed: @escaping (RedisError) -> Void
    ) {
        self.address = address
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.onReady = onReady
        self.onAnswer = onAnswer
        self.onClosed = onClosed
        reader = ReplyReader(maxReplyBytes: configuration.maxReplyBytes)
        queue = CommandQueue(limit: configuration.maxPendingCommands)
        stallLimit = TimeAmount(configuration.stallTimeout)
    }

    var isReady: Bool { state == .ready }

    func start(security: TransportSecurity?) {
        let limit = TimeAmount(configuration.connectTimeout)
        let unwritten = configuration.maxUnwrittenBytes
        signInTimer = loop.scheduleTask(in: limit) {
            self.close(.connect, "not signed in within \(self.configuration.connectTimeout)")
        }
        ClientBootstrap(group: eventLoop)
            .connectTimeout(limit)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.writeBufferWaterMark, value: .init(low: unwritten / 2, high: unwritten))
            .connect(host: address.host, port: address.port)
            .assumeIsolated()
            .whenComplete { result in
                do {
                    try self.take(result.get(), security: security)
                } catch {
                    self.close(.connect, Self.words(error))
                }
            }
    }

    /// The host may have several addresses, tried side by side: only the socket that won gets the handlers.
    private func take(_ channel: any Channel, security: TransportSecurity?) throws {
        do {
            guard state == .connecting else { throw ChannelError.ioOnClosedChannel }
            let pipeline = channel.pipeline.syncOperations
            if let security { try pipeline.addHandler(security.handler(for: address.host)) }
            try pipeline.addHandler(self)
        } catch {
            channel.close(promise: nil)
            throw error
        }
    }

    // MARK: commands

    /// Queues `request` for the end of this tick; `asking` lets the node serve a slot that it is still receiving.
    ///
    /// - Returns: nil when it is queued; otherwise the request is untouched and this is why.
    func send(_ request: Request, asking: Bool = false) -> RedisError? {
        guard state == .ready, !isRetiring else {
            return RedisError(kind: .connect, message: "the session is closing", target: address.description)
        }
        guard queue.hasRoom(for: asking ? 2 : 1) else {
            return overloaded("\(queue.limit) commands wait for their answers")
        }
        guard isWritable, outgoing.readableBytes < configuration.maxUnwrittenBytes else {
            return overloaded("\(configuration.maxUnwrittenBytes) bytes wait to be written")
        }
        if asking { write(["ASKING"], nil, deadline: request.deadline) }
        write(request.command.arguments, request, deadline: request.deadline)
        return nil
    }

    private func overloaded(_ message: String) -> RedisError {
        RedisError(kind: .overloaded, message: message, target: address.description)
    }

    private func write(_ arguments: [RedisArgument], _ request: Request?, deadline: NIODeadline) {
        let now = NIODeadline.now()
        outgoing.writeCommand(arguments)
        queue.append(request, deadline: deadline, now: now)
        wake(at: min(deadline, now + stallLimit))
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        loop.execute { self.flush() }
    }

    /// What one tick has collected leaves in one write.
    private func flush() {
        isFlushScheduled = false
        guard let context, outgoing.readableBytes > 0 else { return }
        context.writeAndFlush(wrapOutboundOut(outgoing), promise: nil)
        if outgoing.capacity > 1 << 20 { outgoing = ByteBuffer() } else { outgoing.clear() }
    }

    // MARK: sign-in

    private func signIn() {
        state = .signingIn
        if let password = configuration.password {
            let user = configuration.username.map { [RedisArgument.string($0)] } ?? []
            introduce(["AUTH"] + user + [.string(password)])
        }
        introduce(["CLIENT", "SETNAME", .string(configuration.clientName)], isRequired: false)
        if configuration.database != 0 { introduce(["SELECT", .integer(Int64(configuration.database))]) }
        introduce(["PING"], isRequired: false) {
            self.signInTimer?.cancel()
            self.state = .ready
            self.onReady()
        }
        flush()
    }

    /// A command of the sign-in. One that is not required may be forbidden to this user, but the node must serve.
    private func introduce(_ arguments: [RedisArgument], isRequired: Bool = true, then: @escaping () -> Void = {}) {
        let deadline = NIODeadline.now() + TimeAmount(configuration.connectTimeout)
        let handler = { (result: Result<RedisValue, RedisError>) in
            guard self.state == .signingIn else { return }
            switch result {
            case .success(.error(let answer)):
                let error = RedisError(answer: answer, target: self.address.description)
                guard isRequired || ["NOAUTH", "LOADING", "MASTERDOWN"].contains(error.code) else { return then() }
                self.close(error)
            case .success: then()
            case .failure(let error): self.close(error)
            }
        }
        let request = Request(command: RedisCommand(arguments), deadline: deadline, waiter: .handler(handler))
        write(arguments, request, deadline: deadline)
    }

    // MARK: time

    private func wake(at deadline: NIODeadline) {
        if let timer {
            guard deadline < timer.at else { return }
            timer.task.cancel()
        }
        timer = (deadline, loop.scheduleTask(deadline: deadline) { self.timePassed() })
    }

    private func timePassed() {
        timer = nil
        guard state != .closed else { return }
        let now = NIODeadline.now()
        let late = queue.expire(now: now)
        if queue.isStalled(now: now, limit: stallLimit) {
            close(.timeout, "no answer for \(configuration.stallTimeout): the session was closed")
        } else if let next = queue.nextEvent(stallLimit: stallLimit) {
            wake(at: next)
        }
        for request in late {
            request.finish(
                .failure(
                    RedisError(
                        kind: .timeout, message: "no answer within \(configuration.commandTimeout)",
                        target: address.description)))
        }
    }

    // MARK: ChannelInboundHandler

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { channelActive(context: context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        if state == .connecting { signIn() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        reader.feed(unwrapInboundIn(data).readableBytesView)
        do throws(ProtocolViolation) {
            while state != .closed, let value = try reader.next() {
                switch queue.answer() {
                case .element(let request): deliver(request, value)
                case .unwanted: break
                case .unexpected: throw ProtocolViolation(description: "an answer that nobody asked for")
                }
            }
            if isRetiring, queue.isEmpty { close(.closed, "the node is no longer used") }
        } catch {
            close(.protocolViolation, error.description)
        }
    }

    private func deliver(_ request: Request, _ value: RedisValue) {
        if case .handler = request.waiter { request.finish(.success(value)) } else { onAnswer(request, value) }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
    }

    func channelInactive(context: ChannelHandlerContext) {
        close(.connect, "the node closed the session")
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close(.connect, Self.words(error))
    }

    // MARK: the end

    /// Closes when what is under way has its answers.
    func retire() {
        isRetiring = true
        if queue.isEmpty { close(.closed, "the node is no longer used") }
    }

    func close(_ kind: RedisError.Kind, _ message: String) {
        close(RedisError(kind: kind, message: message, target: address.description))
    }

    /// Every command under way fails with `error`.
    func close(_ error: RedisError) {
        guard state != .closed else { return }
        state = .closed
        signInTimer?.cancel()
        timer?.task.cancel()
        context?.close(promise: nil)
        let lost = queue.drain()
        onClosed(error)
        for request in lost { request.finish(.failure(error)) }
    }

    /// An error of NIO or the system on one line.
    private static func words(_ error: any Error) -> String {
        if let error = error as? NIOConnectionError {
            if let dns = error.dnsAError ?? error.dnsAAAAError { return "\(dns)" }
            return error.connectionErrors.first.map { words($0.error) } ?? "no address of the host could be reached"
        }
        if let error = error as? IOError { return error.description }
        return "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
