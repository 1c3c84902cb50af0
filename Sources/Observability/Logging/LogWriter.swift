internal import Dispatch
internal import Glibc
public import Metrics
internal import Synchronization

/// Lines to a file descriptor through a bounded queue: a caller never waits for the reader at the other end.
///
/// One dispatch queue writes, one write(2) a line, so lines of different threads never mix. When the reader stalls and
/// the queue is full, lines are dropped and counted. The process must ignore SIGPIPE.
public final class LogWriter: Sendable {
    private struct State {
        var lines: [[UInt8]] = []
        var byteCount = 0
        var isDraining = false
    }

    private let descriptor: Int32
    private let maximumLines: Int
    private let maximumBytes: Int
    private let dropped: Counter
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "tickctl.log")

    /// - Parameters:
    ///   - descriptor: 1 or 2, or a file that stays open as long as this.
    ///   - maximumLines: lines that may wait.
    ///   - maximumBytes: bytes that may wait.
    ///   - dropped: counts the lines lost (`logs_dropped_total`).
    public init(descriptor: Int32, maximumLines: Int = 8_192, maximumBytes: Int = 8 << 20, dropped: Counter) {
        self.descriptor = descriptor
        self.maximumLines = maximumLines
        self.maximumBytes = maximumBytes
        self.dropped = dropped
    }

    /// Takes a line with its newline. Any thread; never blocks for the descriptor.
    public func write(_ line: [UInt8]) {
        enum Outcome { case full, queued, first }
        let outcome: Outcome = state.withLock { state in
            guard state.lines.count < maximumLines, state.byteCount + line.count <= maximumBytes else { return .full }
            state.lines.append(line)
            state.byteCount += line.count
            if state.isDraining { return .queued }
            state.isDraining = true
            return .first
        }
        switch outcome {
        case .full: dropped.increment()
        case .queued: break
        case .first: queue.async { [self] in drain() }
        }
    }

    /// Waits until the lines taken so far are written, at most `timeout`. For the end of the process; blocks its
    /// thread.
    /// - Returns: whether they are.
    @discardableResult
    public func flush(timeout: Duration) -> Bool {
        let done = DispatchSemaphore(value: 0)
        queue.async { done.signal() }
        let nanoseconds = min(max(0, timeout / .nanoseconds(1)), 1e18)
        return done.wait(timeout: .now() + .nanoseconds(Int(nanoseconds))) == .success
    }

    /// On `queue` only. A line counts against the limits until it is written.
    private func drain() {
        while true {
            let batch = state.withLock { state in
                state.isDraining = !state.lines.isEmpty
                return state.lines
            }
            guard !batch.isEmpty else { return }
            for line in batch where !writeAll(line) { dropped.increment() }
            state.withLock { state in
                state.lines.removeFirst(batch.count)
                state.byteCount -= batch.reduce(0) { $0 + $1.count }
            }
        }
    }

    private func writeAll(_ line: [UInt8]) -> Bool {
        line.withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: sent), bytes.count - sent)
                if count >= 0 {
                    sent += count
                } else if errno == EAGAIN {
                    var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    poll(&ready, 1, -1)
                } else if errno != EINTR {
                    return false
                }
            }
            return true
        }
    }
}
