/// Sees what the server does, for metrics and logs. Called on the event loops: must neither block nor be slow.
public protocol HTTPObserver: Sendable {
    func connectionOpened()
    func connectionClosed()
    /// The limit of connections is reached; one more was told so.
    func connectionRefused()
    /// The answer was handed to the socket.
    func requestFinished(_ request: HTTPRequest, _ outcome: HTTPOutcome)
    /// What came was no request that could be routed; `code` is that of the answer.
    func requestRefused(status: Int, code: String)
    /// How late an event loop came to its regular tick. A tick each second or more often.
    func eventLoopLag(_ lag: Duration)
}

extension HTTPObserver {
    public func connectionOpened() {}
    public func connectionClosed() {}
    public func connectionRefused() {}
    public func requestFinished(_ request: HTTPRequest, _ outcome: HTTPOutcome) {}
    public func requestRefused(status: Int, code: String) {}
    public func eventLoopLag(_ lag: Duration) {}
}

/// Sees nothing.
public struct NoObserver: HTTPObserver {
    public init() {}
}

/// How a request ended.
public struct HTTPOutcome: Sendable {
    let entry: Router.Entry?
    /// nil if no route has the path.
    public var operationID: String? { entry?.operationID }
    /// Into `Router.routes`.
    public var routeIndex: Int?
    public var status: Int
    /// From the read of its last byte to the answer.
    public var nanoseconds: Int64
    /// Of the answer, head and body.
    public var responseBytes: Int
    /// What the handler threw, or that it took too long.
    public var error: (any Error)?

    public var duration: Duration { .nanoseconds(nanoseconds) }
}
