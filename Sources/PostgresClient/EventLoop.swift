internal import Foundation
internal import Synchronization

/// What a session waits for on its socket.
struct SocketInterest: OptionSet {
    let rawValue: Int
    static let read = SocketInterest(rawValue: 1)
    static let write = SocketInterest(rawValue: 2)

    fileprivate var pollEvents: Int16 {
        Int16(truncatingIfNeeded: (contains(.read) ? POLLIN : 0) | (contains(.write) ? POLLOUT : 0))
    }
}

enum Readiness: Sendable {
    case ready, timedOut, cancelled
}

/// A thread that serves many sessions: it runs the jobs of their actors and waits for their sockets.
///
/// As the actors' executor it needs no hop between a socket's event and the code that reads it, and Swift's cooperative
/// threads never block. As the preferred executor of a task it spares the way through those threads that a continuation
/// otherwise takes, even one of an actor that runs here (half of the cost of a statement). Nothing that blocks may run on
/// it (libpq resolves names with the blocking `getaddrinfo`).
// @unchecked: `waits` and `lastID` are used on the loop's own thread alone.
final class EventLoop: SerialExecutor, TaskExecutor, @unchecked Sendable {
    private enum Work {
        case job(UnownedJob)
        case call(@Sendable () -> Void)
    }

    private struct Inbox {
        var work: [Work] = []
        /// The thread looks into the inbox once more before it sleeps.
        var isAwake = true
    }

    private struct Wait {
        var id: Int
        var descriptor: Int32
        var events: Int16
        var deadline: ContinuousClock.Instant
        var continuation: CheckedContinuation<Readiness, Never>
    }

    /// One loop reads some 50,000 answers a second, and PostgreSQL needs cores of its own to give them.
    private static let loops = (0..<max(1, min(4, ProcessInfo.processInfo.activeProcessorCount / 2))).map { _ in
        EventLoop()
    }
    private static let turn = Atomic<UInt>(0)

    /// The loops of this process in turn.
    static func next() -> EventLoop {
        loops[Int(turn.wrappingAdd(1, ordering: .relaxed).newValue % UInt(loops.count))]
    }

    private let inbox = Mutex(Inbox())
    private let wakeReader: Int32
    private let wakeWriter: Int32
    private var waits: [Wait] = []
    private var lastID = 0

    private init() {
        var ends: [Int32] = [-1, -1]
        precondition(pipe(&ends) == 0, "no file descriptor is left for the PostgreSQL client's event loop")
        wakeReader = ends[0]
        wakeWriter = ends[1]
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        let thread = Thread { self.run() }
        thread.name = "postgres"
        thread.start()
    }

    func enqueue(_ job: consuming ExecutorJob) { submit(.job(UnownedJob(job))) }

    // MARK: For the actors of this loop, on its thread

    /// A number for a wait.
    func makeID() -> Int {
        lastID += 1
        return lastID
    }

    /// Resumes `continuation` at the socket's event, at the deadline or after `cancel`, whichever comes first.
    func wait(
        _ id: Int, for interest: SocketInterest, of descriptor: Int32, until deadline: ContinuousClock.Instant,
        _ continuation: CheckedContinuation<Readiness, Never>
    ) {
        waits.append(
            Wait(
                id: id, descriptor: descriptor, events: interest.pollEvents, deadline: deadline,
                continuation: continuation))
    }

    // MARK: From any thread

    /// Ends a wait, also one that the job which is running is only about to begin.
    func cancel(_ id: Int) {
        submit(
            .call {
                guard let index = self.waits.firstIndex(where: { $0.id == id }) else { return }
                self.waits.remove(at: index).continuation.resume(returning: .cancelled)
            })
    }

    private func submit(_ work: Work) {
        let mustWake = inbox.withLock { inbox in
            inbox.work.append(work)
            defer { inbox.isAwake = true }
            return !inbox.isAwake
        }
        if mustWake {
            var byte: UInt8 = 1
            _ = write(wakeWriter, &byte, 1)
        }
    }

    // MARK: The thread

    private func run() {
        // OpenSSL writes to sockets without MSG_NOSIGNAL; a write's SIGPIPE goes to the writing thread.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)

        var work: [Work] = []
        var polled: [pollfd] = []
        while true {
            // A job often leaves the next one; the sockets have to be looked at all the same.
            for _ in 0..<16 {
                inbox.withLock { swap(&$0.work, &work) }
                guard !work.isEmpty else { break }
                for item in work {
                    switch item {
                    case .job(let job): job.runSynchronously(on: asUnownedSerialExecutor())
                    case .call(let call): call()
                    }
                }
                work.removeAll(keepingCapacity: true)
            }
            let maySleep = inbox.withLock { inbox in
                inbox.isAwake = !inbox.work.isEmpty
                return !inbox.isAwake
            }
            poll(&polled, maySleep: maySleep)
        }
    }

    private func poll(_ polled: inout [pollfd], maySleep: Bool) {
        polled.removeAll(keepingCapacity: true)
        polled.append(pollfd(fd: wakeReader, events: SocketInterest.read.pollEvents, revents: 0))
        for wait in waits { polled.append(pollfd(fd: wait.descriptor, events: wait.events, revents: 0)) }
        let count = Glibc.poll(&polled, nfds_t(polled.count), maySleep ? millisecondsToFirstDeadline : 0)
        if maySleep { inbox.withLock { $0.isAwake = true } }
        if count > 0, polled[0].revents != 0 {
            var bytes: (UInt64, UInt64) = (0, 0)
            _ = read(wakeReader, &bytes, MemoryLayout.size(ofValue: bytes))
        }
        guard !waits.isEmpty else { return }
        let now = ContinuousClock.now
        // From the end, so that removing one keeps the indices of the others.
        for index in waits.indices.reversed() {
            if count > 0, polled[index + 1].revents != 0 {
                waits.remove(at: index).continuation.resume(returning: .ready)
            } else if waits[index].deadline <= now {
                waits.remove(at: index).continuation.resume(returning: .timedOut)
            }
        }
    }

    /// For `poll`: -1 when nothing has a deadline, else rounded up.
    private var millisecondsToFirstDeadline: Int32 {
        guard let first = waits.lazy.map(\.deadline).min() else { return -1 }
        let (seconds, attoseconds) = (first - .now).components
        guard seconds < 3_600 else { return 3_600_000 }
        return max(0, Int32(seconds * 1_000 + attoseconds / 1_000_000_000_000_000) + 1)
    }
}
