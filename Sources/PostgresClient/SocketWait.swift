internal import Dispatch

/// What a session waits for on its socket.
struct SocketInterest: OptionSet {
    let rawValue: Int
    static let read = SocketInterest(rawValue: 1)
    static let write = SocketInterest(rawValue: 2)
}

enum Readiness: Sendable {
    case ready, timedOut, cancelled
}

/// One wait for a socket, a deadline or the task's cancellation, whichever comes first.
///
/// libpq may close or change the socket between two waits, so the continuation resumes only after every source has
/// let go of the descriptor.
final class SocketWait: @unchecked Sendable {  // every member is touched on the session's serial queue alone
    private let queue: DispatchQueue
    private var outcome: Readiness?
    private var sources: [any DispatchSourceProtocol] = []
    private var liveSources = 0
    private var continuation: CheckedContinuation<Readiness, Never>?

    init(queue: DispatchQueue) {
        self.queue = queue
    }

    func begin(
        _ interest: SocketInterest, descriptor: Int32, deadline: DispatchTime,
        continuation: CheckedContinuation<Readiness, Never>
    ) {
        if let outcome { return continuation.resume(returning: outcome) }
        self.continuation = continuation
        if interest.contains(.read) {
            add(DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue), meaning: .ready)
        }
        if interest.contains(.write) {
            add(DispatchSource.makeWriteSource(fileDescriptor: descriptor, queue: queue), meaning: .ready)
        }
        let timer = DispatchSource.makeTimerSource(queue: queue)
        timer.schedule(deadline: deadline)
        add(timer, meaning: .timedOut)
        for source in sources { source.activate() }
    }

    /// The first outcome counts; later ones are ignored.
    func end(_ outcome: Readiness) {
        guard self.outcome == nil else { return }
        self.outcome = outcome
        for source in sources { source.cancel() }
    }

    private func add(_ source: any DispatchSourceProtocol, meaning: Readiness) {
        source.setEventHandler { self.end(meaning) }
        source.setCancelHandler { self.sourceEnded() }
        sources.append(source)
        liveSources += 1
    }

    private func sourceEnded() {
        liveSources -= 1
        guard liveSources == 0, let outcome else { return }
        sources = []
        continuation?.resume(returning: outcome)
        continuation = nil
    }
}
