/// How often to ask for a state that comes by itself: at once, then after growing pauses until a deadline.
public struct WaitPolicy: Sendable, Equatable {
    public var firstDelay: Duration
    public var factor: Double
    public var maximumDelay: Duration
    /// From the first question.
    public var deadline: Duration

    /// `factor`: each pause is the last one times this, up to `maximumDelay`; `deadline`: of all looks together.
    public init(
        firstDelay: Duration = .milliseconds(100), factor: Double = 1.6, maximumDelay: Duration = .seconds(15),
        deadline: Duration
    ) {
        self.firstDelay = firstDelay
        self.factor = factor
        self.maximumDelay = maximumDelay
        self.deadline = deadline
    }

    /// The pause after question number `question` (from 1).
    public func delay(after question: Int) -> Duration {
        var delay = firstDelay
        for _ in 1..<max(1, min(question, 200)) where delay < maximumDelay { delay = delay * factor }
        return min(delay, maximumDelay)
    }

    /// Asks until there is an answer.
    /// - Returns: the answer, or `nil` when the deadline passed. The last question is asked at the deadline.
    /// - Throws: what `question` throws, `CancellationError`.
    public func wait<Answer>(time: TimeSource = .system, until question: () async throws -> Answer?) async throws
        -> Answer?
    {
        let start = time.uptime()
        var asked = 0
        while true {
            if let answer = try await question() { return answer }
            asked += 1
            let left = deadline - (time.uptime() - start)
            guard left > .zero else { return nil }
            try await time.sleep(min(delay(after: asked), left))
        }
    }
}
