internal import NIOCore
internal import NIOSSL

/// One event loop's share of a run: begins each arrival at its instant, whatever became of those before, and notes how
/// each request ended. Everything happens on the event loop.
final class LoadLoop {
    struct Settings: Sendable {
        var scenario: Scenario
        var plan: ArrivalPlan
        var share: ArrivalSchedule.Share
        /// In the names of users and keys, so that runs do not meet.
        var runID: String
        var publicEndpoint: Endpoint
        var confirmEndpoint: Endpoint
        var publicResolution: Resolution
        var confirmResolution: Resolution
        var tls: NIOSSLContext?
        var webhookSecret: [UInt8]?
    }

    static let window: TimeAmount = .seconds(1)
    private static let sweepInterval: TimeAmount = .milliseconds(100)
    private static let mostAtOnce = 64
    /// Arrivals nearer to each other than this begin together: a loop that wakes for each has no time left for answers.
    private static let breath: TimeAmount = .microseconds(50)

    let loop: any EventLoop
    let settings: Settings
    let publicRequests: RequestWriter
    let confirmRequests: RequestWriter
    private let reads: [ByteBuffer]
    private let emit: @Sendable (WindowPart) -> Void
    private var arrivals: ArrivalSchedule.Arrivals
    private var upcoming: (index: Int, nanoseconds: UInt64)?
    private var begin = NIODeadline.distantFuture
    private var drainEndsAt = NIODeadline.distantFuture
    private var part = WindowPart(second: 0)
    private var unanswered = 0
    /// By arrival.
    var buyers: [Int: Buyer] = [:]
    private(set) var isEnded = false
    private var publicPool: ConnectionPool?
    private var confirmPool: ConnectionPool?

    /// - Parameter emit: takes each window when it is over; the last one is marked.
    init(_ loop: any EventLoop, _ settings: Settings, emit: @escaping @Sendable (WindowPart) -> Void) {
        self.loop = loop
        self.settings = settings
        self.emit = emit
        publicRequests = RequestWriter(settings.publicEndpoint)
        confirmRequests = RequestWriter(settings.confirmEndpoint)
        arrivals = settings.plan.schedule.arrivals(settings.share)
        reads = settings.scenario.readTargets.map(publicRequests.get)
    }

    /// Whether buyers may still be let in: after the last arrival nobody waits any longer.
    var hasArrivals: Bool { upcoming != nil }

    /// - Parameter begin: instant 0 of the schedule.
    func start(at begin: NIODeadline) {
        self.begin = begin
        let limits = settings.scenario.limits
        let parts = settings.share.of
        let isOneHost = settings.publicEndpoint == settings.confirmEndpoint
        let divisor = parts * (isOneHost || !settings.scenario.hasSessions ? 1 : 2)
        let poolLimits = ConnectionPool.Limits(
            connections: max(1, limits.connections / divisor), pending: max(1, limits.pending / divisor),
            timeout: .milliseconds(Int64(limits.timeoutMilliseconds)))
        let publicPool = ConnectionPool(
            loop: loop, endpoint: settings.publicEndpoint, resolution: settings.publicResolution, tls: settings.tls,
            limits: poolLimits, owner: self)
        self.publicPool = publicPool
        confirmPool =
            isOneHost
            ? publicPool
            : ConnectionPool(
                loop: loop, endpoint: settings.confirmEndpoint, resolution: settings.confirmResolution,
                tls: settings.tls, limits: poolLimits, owner: self)
        upcoming = arrivals.next()
        scheduleArrival()
        scheduleWindow()
        scheduleSweep()
    }

    /// No more arrivals; what is under way ends in order.
    func stop() {
        guard upcoming != nil else { return }
        upcoming = nil
        finishArrivals()
    }

    // MARK: - Arrivals

    private func scheduleArrival() {
        guard let upcoming else { return finishArrivals() }
        // The loop reads nothing while a task is due.
        let deadline = max(instant(upcoming.nanoseconds), .now() + Self.breath)
        loop.assumeIsolated().scheduleTask(deadline: deadline) { [self] in beginDue() }
    }

    private func instant(_ nanoseconds: UInt64) -> NIODeadline { begin + .nanoseconds(Int64(nanoseconds)) }

    private func beginDue() {
        var now = NIODeadline.now()
        var begun = 0
        // Not all at once: a generator that cannot keep up must still read the answers, and tell how late it is.
        while begun < Self.mostAtOnce, let arrival = upcoming, instant(arrival.nanoseconds) <= now {
            self.upcoming = arrivals.next()
            let plannedAt = instant(arrival.nanoseconds)
            note(lagOf: plannedAt, now)
            begin(arrival.index, plannedAt, now)
            begun += 1
            if begun.isMultiple(of: 16) { now = .now() }
        }
        guard !isEnded else { return }
        scheduleArrival()
    }

    private func begin(_ arrival: Int, _ plannedAt: NIODeadline, _ now: NIODeadline) {
        let kind = settings.plan.kind(of: arrival)
        if kind == .read {
            let choice = settings.plan.schedule.mixing.choice(.target, UInt64(arrival), of: reads.count)
            send(Exchange(.read, reads[choice], plannedAt: plannedAt), now)
        } else {
            let buyer = buyer(arrival, isPurchase: kind == .purchase)
            buyers[arrival] = buyer
            perform(buyer, plannedAt: plannedAt, now: now)
        }
    }

    private func finishArrivals() {
        guard drainEndsAt == .distantFuture else { return }
        drainEndsAt = .now() + .nanoseconds(Int64(settings.scenario.drainSeconds * 1e9))
        endIfOver()
    }

    // MARK: - Requests

    func note(lagOf plannedAt: NIODeadline, _ now: NIODeadline) { part.lag.record(microseconds(now - plannedAt)) }

    func send(_ exchange: Exchange, _ now: NIODeadline) {
        unanswered += 1
        switch exchange.requestClass {
        case .read, .enter, .poll, .hold, .release: publicPool?.send(exchange, now: now)
        case .intent, .callback, .commit, .status, .replay: confirmPool?.send(exchange, now: now)
        }
    }

    func answered(_ exchange: Exchange, _ response: Response) {
        let now = NIODeadline.now()
        var outcome = Outcome(status: response.status)
        if let buyer = exchange.buyer, !isEnded {
            if !advance(buyer, exchange.requestClass, response, now) {
                outcome = Outcome(.malformed)
                surprise(exchange.requestClass, response, "with a body that the contract does not have")
            }
        }
        if response.status < 500, !exchange.requestClass.isSuccess(response.status),
            !exchange.requestClass.isRefusal(response.status)
        {
            surprise(exchange.requestClass, response, "which the contract does not have here")
        }
        record(exchange, outcome, now)
    }

    func failed(_ exchange: Exchange, _ failure: Failure, detail: String = "") {
        let now = NIODeadline.now()
        if !detail.isEmpty, part.surprises.count < 3 {
            part.surprises.append("\(exchange.requestClass.rawValue): \(failure.rawValue): \(detail.prefix(200))")
        }
        record(exchange, Outcome(failure), now)
        if let buyer = exchange.buyer, !isEnded { again(buyer, now) }
        endIfOver()
    }

    private func record(_ exchange: Exchange, _ outcome: Outcome, _ now: NIODeadline) {
        part.note(
            exchange.requestClass, outcome, latency: microseconds(now - exchange.plannedAt),
            service: microseconds(now - max(exchange.sentAt, exchange.plannedAt)))
        // Only now: the buyer whose last answer this was has left already, and must not have ended the loop before it
        // was counted.
        unanswered -= 1
        if drainEndsAt != .distantFuture { endIfOver() }
    }

    private func surprise(_ requestClass: RequestClass, _ response: Response, _ reason: String) {
        guard part.surprises.count < 3 else { return }
        let body = String(buffer: response.body).prefix(160).map { $0.isNewline ? " " : $0 }
        part.surprises.append("\(requestClass.rawValue): status \(response.status), \(reason): \(String(body))")
    }

    func note(_ line: HistoryLine) { part.history.append(line) }

    private func microseconds(_ amount: TimeAmount) -> UInt64 { UInt64(max(0, amount.nanoseconds) / 1_000) }

    // MARK: - Windows, and the end

    private func scheduleWindow() {
        let over = begin + .seconds(Int64(part.second) + 1)
        loop.assumeIsolated().scheduleTask(deadline: over) { [self] in
            guard !isEnded else { return }
            emitPart()
            scheduleWindow()
        }
    }

    private func emitPart() {
        part.connections = (publicPool?.openConnections ?? 0)
        if let confirmPool, confirmPool !== publicPool { part.connections += confirmPool.openConnections }
        let ended = part
        part = WindowPart(second: ended.second + 1)
        emit(ended)
    }

    private func scheduleSweep() {
        loop.assumeIsolated().scheduleTask(in: Self.sweepInterval) { [self] in
            guard !isEnded else { return }
            let now = NIODeadline.now()
            publicPool?.sweep(now)
            if confirmPool !== publicPool { confirmPool?.sweep(now) }
            if now > drainEndsAt { end() } else { scheduleSweep() }
        }
    }

    func endIfOver() {
        if drainEndsAt != .distantFuture, unanswered <= 0, buyers.isEmpty { end() }
    }

    /// What is under way is given up.
    func end() {
        guard !isEnded else { return }
        isEnded = true
        for buyer in buyers.values { abandon(buyer) }
        buyers.removeAll()
        part.isLast = true
        emitPart()
        publicPool?.closeAll()
        if confirmPool !== publicPool { confirmPool?.closeAll() }
    }
}

extension Scenario {
    /// The targets of reads with every event and section filled in.
    var readTargets: [String] {
        reads.flatMap { target -> [String] in
            guard target.contains("{") else { return [target] }
            return events.flatMap { event in
                event.sections.map {
                    target.replacing("{event}", with: event.id).replacing("{section}", with: $0.id)
                }
            }
        }
    }
}
