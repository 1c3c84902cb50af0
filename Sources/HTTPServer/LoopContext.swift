internal import NIOCore
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What the connections of all event loops share.
final class ServerTotals: Sendable {
    let connections = Atomic(0)
    let isDraining = Atomic(false)
    let requestsFinishedInDrain = Atomic(0)
    let connectionsCut = Atomic(0)
}

/// What the connections of one event loop share; used on that loop only.
final class LoopContext {
    let eventLoop: any EventLoop
    let executor: LoopExecutor
    let router: Router
    let observer: any HTTPObserver
    let limits: HTTPServerConfiguration.Limits
    let deadlines: Deadlines
    let totals: ServerTotals
    /// Answers of the read at hand. One for all connections: it is handed to the socket before another one is read.
    let output = OutputBuffer()
    /// Cut or stopped: a connection that comes now is closed.
    private(set) var isOver = false
    private var second = -1
    private var connections: [ObjectIdentifier: HTTPConnection] = [:]
    private var tick: Scheduled<Void>?
    private var nextTick = NIODeadline.now()

    /// Timeouts in the terms of the event loop.
    struct Deadlines {
        let header, body, idle, write, handler, linger: TimeAmount
        /// How often they are looked at; how exact they are.
        let tick: TimeAmount

        init(_ timeouts: HTTPServerConfiguration.Timeouts) {
            header = TimeAmount(timeouts.header)
            body = TimeAmount(timeouts.body)
            idle = TimeAmount(timeouts.idle)
            write = TimeAmount(timeouts.write)
            handler = TimeAmount(timeouts.handler)
            linger = TimeAmount(timeouts.linger)
            let shortest = min(header, body, idle, write, handler, linger)
            tick = max(.milliseconds(10), min(.milliseconds(250), .nanoseconds(shortest.nanoseconds / 4)))
        }
    }

    init(
        eventLoop: any EventLoop, router: Router, observer: any HTTPObserver,
        configuration: HTTPServerConfiguration, totals: ServerTotals
    ) {
        self.eventLoop = eventLoop
        executor = LoopExecutor(eventLoop)
        // A copy: loops on several cores must not share its reference counts.
        self.router = Router(router.routes)
        self.observer = observer
        limits = configuration.limits
        deadlines = Deadlines(configuration.timeouts)
        self.totals = totals
    }

    func start() {
        refreshDate()
        scheduleTick()
    }

    /// The end: what came after the cut is closed, too.
    func stop() {
        tick?.cancel()
        cut()
    }

    private func scheduleTick() {
        nextTick = .now() + deadlines.tick
        tick = eventLoop.assumeIsolated().scheduleTask(deadline: nextTick) { [weak self] in self?.onTick() }
    }

    func add(_ connection: HTTPConnection) { connections[ObjectIdentifier(connection)] = connection }

    func remove(_ connection: HTTPConnection) { connections.removeValue(forKey: ObjectIdentifier(connection)) }

    /// Closes what is idle; the rest follows as it is answered.
    func drain() {
        let now = NIODeadline.now()
        for connection in Array(connections.values) { connection.check(now) }
    }

    /// Closes everything at once, and whatever was accepted before the listeners closed and comes only now.
    func cut() {
        isOver = true
        for connection in Array(connections.values) { connection.cut() }
    }

    private func onTick() {
        let now = NIODeadline.now()
        observer.eventLoopLag(.nanoseconds(max(0, (now - nextTick).nanoseconds)))
        refreshDate()
        for connection in Array(connections.values) { connection.check(now) }
        scheduleTick()
    }

    private func refreshDate() {
        let now = time(nil)
        guard now != second else { return }
        second = now
        output.setDate(secondsSince1970: now)
    }
}

/// Runs the tasks of asynchronous handlers on their connection's event loop, so that an answer needs no hop.
final class LoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
