public import Metrics
public import NIOCore
internal import Synchronization

/// Measures how late tasks run: a probe on each loop again and again, its lateness into `event_loop_lag_seconds`.
public final class EventLoopLag: Sendable {
    private let interval: TimeAmount
    private let timer: Metrics.Timer
    private let isStopped = Atomic(false)

    /// Starts at once; `interval`: from one probe's end to the next one's time.
    public init(group: any EventLoopGroup, interval: TimeAmount = .milliseconds(100), factory: any MetricsFactory) {
        self.interval = interval
        timer = Metrics.Timer(label: "event_loop_lag_seconds", factory: factory)
        for loop in group.makeIterator() { probe(loop) }
    }

    /// The probes that wait end without another; they also end with their loop.
    public func stop() { isStopped.store(true, ordering: .relaxed) }

    private func probe(_ loop: any EventLoop) {
        let due = loop.now + interval
        loop.scheduleTask(deadline: due) { [self] in
            guard !isStopped.load(ordering: .relaxed) else { return }
            timer.recordNanoseconds(max(0, (loop.now - due).nanoseconds))
            probe(loop)
        }
    }
}
