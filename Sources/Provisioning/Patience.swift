/// Counts the pauses of one resource against its deadline.
struct Patience: Sendable {
    /// How long something just made may stay invisible to other services.
    static let propagationDeadline = Duration.seconds(150)

    /// How long lists may lag behind a create
    /// (https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html).
    static let visibility = Duration.seconds(5)

    /// How long a creation whose answer was lost is looked for before it is repeated. Longer, since repeating what did
    /// happen makes a second one, and only a run that lost an answer waits.
    static let lostAnswer = Duration.seconds(15)

    private let waiting: Waiting
    private let clock: any Clock<Duration>
    private var slept = Duration.zero
    private var sleptBriefly = Duration.zero
    private var attempt = 0
    /// The last pause of `pause`; zero before the first.
    private(set) var lastDelay = Duration.zero

    init(_ waiting: Waiting, clock: any Clock<Duration>) {
        self.waiting = waiting
        self.clock = clock
    }

    /// Sleeps the next, longer delay.
    /// - Throws: `ProvisioningError.timedOut` around `error` past the deadline; the stop signal's reason.
    mutating func pause(_ stop: StopSignal, _ error: any Error) async throws {
        guard slept < waiting.deadline else { throw timeout(slept, error) }
        let delay = waiting.delay(attempt)
        attempt += 1
        lastDelay = delay
        slept += delay
        try await stop.sleep(for: delay, clock: clock)
    }

    /// Sleeps 0.25 to 2 s: for what becomes visible within seconds.
    mutating func pauseBriefly(_ stop: StopSignal, _ error: any Error) async throws {
        guard sleptBriefly < Self.propagationDeadline else { throw timeout(sleptBriefly, error) }
        let delay = min(max(.milliseconds(250), sleptBriefly / 4), .seconds(2))
        sleptBriefly += delay
        try await stop.sleep(for: delay, clock: clock)
    }

    private func timeout(_ after: Duration, _ error: any Error) -> ProvisioningError {
        ProvisioningError(
            .timedOut, "gave up after \(after.components.seconds) s",
            next: "run the same command again: it goes on from here",
            underlying: error)
    }
}
