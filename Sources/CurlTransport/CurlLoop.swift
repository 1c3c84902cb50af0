import CCurl
import Foundation
import Synchronization

/// The thread that owns the multi handle. Other threads only leave messages and wake it.
final class CurlLoop: Sendable {
    struct Submission: Sendable {
        var id: UInt64
        var request: HTTPRequest
        var continuation: CheckedContinuation<HTTPResponse, any Error>
    }

    private struct Inbox {
        var lastID: UInt64 = 0
        /// Numbers given out and neither submitted nor cancelled yet.
        var unsubmitted: Set<UInt64> = []
        var submissions: [Submission] = []
        var cancelled: [UInt64] = []
        var isStopping = false
        var isStopped = false
        var stopWaiters: [CheckedContinuation<Void, Never>] = []
    }

    // Sendable by hand: outside the loop's thread the pointer is only given to curl_multi_wakeup, which is thread-safe,
    // and only under the inbox's lock while `isStopped` is false.
    private struct MultiHandle: @unchecked Sendable {
        let pointer: UnsafeMutableRawPointer
    }

    private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    private let inbox = Mutex(Inbox())
    private let multi: MultiHandle
    private let options: CurlTransport.Options

    init(options: CurlTransport.Options) {
        precondition(Self.isLibraryReady, "libcurl does not initialise")
        guard let pointer = curl_multi_init() else { preconditionFailure("libcurl has no memory for a multi handle") }
        multi = MultiHandle(pointer: pointer)
        self.options = options
        ccurl_multi_set_long(pointer, CURLMOPT_MAX_HOST_CONNECTIONS, options.maximumConnectionsPerHost)
        ccurl_multi_set_long(pointer, CURLMOPT_MAXCONNECTS, options.maximumIdleConnections)
        let thread = Thread { self.run() }
        thread.name = "curl"
        thread.start()
    }

    func makeID() -> UInt64 {
        inbox.withLock {
            $0.lastID += 1
            $0.unsubmitted.insert($0.lastID)
            return $0.lastID
        }
    }

    func submit(_ submission: Submission) {
        let refusal: (any Error)? = inbox.withLock { inbox in
            guard inbox.unsubmitted.remove(submission.id) != nil else { return CancellationError() }
            guard !inbox.isStopping else { return Self.stopped(submission.request) }
            // What lies there already has woken the loop.
            if inbox.submissions.isEmpty { curl_multi_wakeup(multi.pointer) }
            inbox.submissions.append(submission)
            return nil
        }
        if let refusal { submission.continuation.resume(throwing: refusal) }
    }

    func cancel(_ id: UInt64) {
        inbox.withLock { inbox in
            guard inbox.unsubmitted.remove(id) == nil, !inbox.isStopped else { return }
            inbox.cancelled.append(id)
            curl_multi_wakeup(multi.pointer)
        }
    }

    func stop() {
        inbox.withLock { inbox in
            inbox.isStopping = true
            if !inbox.isStopped { curl_multi_wakeup(multi.pointer) }
        }
    }

    func waitUntilStopped() async {
        await withCheckedContinuation { continuation in
            let isStopped = inbox.withLock { inbox in
                if !inbox.isStopped { inbox.stopWaiters.append(continuation) }
                return inbox.isStopped
            }
            if isStopped { continuation.resume() }
        }
    }

    // MARK: The thread

    private func run() {
        // OpenSSL writes to sockets without MSG_NOSIGNAL; a write's SIGPIPE goes to the writing thread.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)

        var transfers: [UInt64: CurlTransfer] = [:]
        while true {
            let (submissions, cancelled, isStopping) = inbox.withLock { inbox in
                defer {
                    inbox.submissions.removeAll()
                    inbox.cancelled.removeAll()
                }
                return (inbox.submissions, inbox.cancelled, inbox.isStopping)
            }
            for submission in submissions { start(submission, in: &transfers) }
            for id in cancelled {
                guard let transfer = transfers.removeValue(forKey: id) else { continue }
                curl_multi_remove_handle(multi.pointer, transfer.easy)
                transfer.submission.continuation.resume(throwing: CancellationError())
            }
            if isStopping { break }
            var running: Int32 = 0
            curl_multi_perform(multi.pointer, &running)
            finishTransfers(&transfers)
            // libcurl shortens the wait to its own timers; messages wake it.
            curl_multi_poll(multi.pointer, nil, 0, 60_000, nil)
        }
        for transfer in transfers.values {
            curl_multi_remove_handle(multi.pointer, transfer.easy)
            transfer.submission.continuation.resume(throwing: Self.stopped(transfer.submission.request))
        }
        transfers.removeAll()
        let waiters = inbox.withLock { inbox in
            inbox.isStopped = true
            return inbox.stopWaiters
        }
        curl_multi_cleanup(multi.pointer)
        for waiter in waiters { waiter.resume() }
    }

    private func start(_ submission: Submission, in transfers: inout [UInt64: CurlTransfer]) {
        do {
            let transfer = try CurlTransfer(submission, options: options)
            guard curl_multi_add_handle(multi.pointer, transfer.easy) == CURLM_OK else {
                throw TransportError(
                    kind: .unusable, mayHaveBeenSent: false, curlCode: Int(CURLE_OUT_OF_MEMORY.rawValue),
                    message: "libcurl does not take the request", url: submission.request.loggableURL)
            }
            transfers[submission.id] = transfer
        } catch {
            submission.continuation.resume(throwing: error)
        }
    }

    private func finishTransfers(_ transfers: inout [UInt64: CurlTransfer]) {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi.pointer, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            let result = ccurl_result(message)
            guard let id = CurlTransfer.identifier(of: easy), let transfer = transfers.removeValue(forKey: id) else {
                continue
            }
            curl_multi_remove_handle(multi.pointer, easy)
            transfer.submission.continuation.resume(with: transfer.outcome(result))
        }
    }

    private static func stopped(_ request: HTTPRequest) -> TransportError {
        TransportError(
            kind: .unusable, mayHaveBeenSent: false, curlCode: 0, message: "the transport is shut down",
            url: request.loggableURL)
    }
}
