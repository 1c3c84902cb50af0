/// HTTP by libcurl: one multi handle on one thread of its own, with a pool of kept-alive connections.
///
/// HTTP/1.1 over plain connections, HTTP/2 where TLS negotiates it. Proxies come from the process's environment by
/// libcurl's rules. Redirects are answers like any other; bodies arrive as they were sent (no decoding).
///
/// A request with POST or PATCH is written at most once. libcurl would write it again when a kept-alive connection ends
/// before the answer; the peer may have acted on the first, so that is thrown as `interrupted` with `mayHaveBeenSent`.
public final class CurlTransport: HTTPTransport {
    public struct Options: Sendable {
        /// Name, TCP and TLS together.
        public var connectTimeout: Duration = .seconds(10)
        /// For requests without a `timeout` of their own.
        public var totalTimeout: Duration = .seconds(90)
        /// An exchange that moves no byte for so long is over (whole seconds).
        public var stallTimeout: Duration = .seconds(60)
        public var maximumConnectionsPerHost = 48
        public var maximumIdleConnections = 64
        /// Idle connections older than this are not used again: the peer is about to close them.
        public var maximumIdleAge: Duration = .seconds(30)
        public var maximumResponseHeadBytes = 256 * 1024
        public var maximumResponseBodyBytes = 64 * 1024 * 1024
        /// A PEM file in place of the system's certificate authorities.
        public var caBundlePath: String?
        /// The `User-Agent` of requests that bring none.
        public var userAgent = "tickctl"

        public init() {}
    }

    private let loop: CurlLoop
    private let options: Options

    public init(options: Options = Options()) {
        self.options = options
        loop = CurlLoop(options: options)
    }

    deinit { loop.stop() }

    public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let id = loop.makeID()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                loop.submit(CurlLoop.Submission(id: id, request: request, continuation: continuation))
            }
        } onCancel: {
            loop.cancel(id)
        }
    }

    /// Ends what is under way (`TransportError.Kind.unusable`), closes every connection and waits for the thread.
    /// Requests sent afterwards fail at once. May be called more than once.
    public func shutdown() async {
        loop.stop()
        await loop.waitUntilStopped()
    }
}
