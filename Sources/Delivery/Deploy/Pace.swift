public import AWSCore
public import Provisioning

/// How a release waits: by a clock that tests bring, and not past the signal to stop.
public struct Pace: Sendable {
    public var time: TimeSource
    /// nil: what is done now must be finished (going back), whoever asks to stop.
    public var stop: StopSignal?
    /// Between two looks at a deployment: the first pauses are shorter.
    public var look = WaitPolicy(firstDelay: .milliseconds(250), maximumDelay: .seconds(8), deadline: .seconds(1800))
    /// Until a deployment must be listed.
    public var listed: Duration = .seconds(120)

    public init(time: TimeSource = .system, stop: StopSignal?) {
        self.time = time
        self.stop = stop
    }

    var unstoppable: Pace {
        var pace = self
        pace.stop = nil
        return pace
    }

    /// - Throws: the signal's reason, once stopped; `CancellationError`.
    func sleep(_ duration: Duration) async throws {
        var left = duration
        while left > .zero {
            try stop?.check()
            let slice = stop == nil ? left : min(left, .milliseconds(200))
            try await time.sleep(slice)
            left -= slice
        }
        try stop?.check()
    }
}
