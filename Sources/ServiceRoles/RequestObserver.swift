public import HTTPServer
public import Logging
internal import Metrics
internal import Observability
internal import Tracing

/// Rate, errors and duration of every route, one log line a request at debug, a trace where one is sampled.
public final class RequestObserver: HTTPObserver {
    private let logger: Logger
    private let routes: [RouteMeasures]
    private let unrouted = RouteMeasures(operationID: "none")
    private let connections = Meter(label: "http_connections")
    private let refusedConnections = Counter(label: "http_connections_refused_total")
    private let refusedRequests = Counter(label: "http_requests_refused_total")
    private let logsRequests: Bool

    /// The handles of one route, made once: a request costs additions only.
    private final class RouteMeasures: Sendable {
        /// By status class, 2xx to 5xx.
        let requests: [Counter]
        let duration: Timer

        init(operationID: String) {
            requests = ["2xx", "3xx", "4xx", "5xx"].map {
                Counter(label: "http_requests_total", dimensions: [("operation", operationID), ("status", $0)])
            }
            duration = Timer(label: "http_request_duration_seconds", dimensions: [("operation", operationID)])
        }

        func record(_ outcome: HTTPOutcome) {
            requests[min(3, max(0, outcome.status / 100 - 2))].increment()
            duration.recordNanoseconds(outcome.nanoseconds)
        }
    }

    /// After the metrics' backend was set.
    public init(_ routes: [Route], logger: Logger) {
        self.logger = logger
        self.routes = routes.map { RouteMeasures(operationID: $0.operationID) }
        logsRequests = logger.logLevel <= .debug
    }

    public func connectionOpened() { connections.increment() }
    public func connectionClosed() { connections.decrement() }
    public func connectionRefused() { refusedConnections.increment() }

    public func requestFinished(_ request: HTTPRequest, _ outcome: HTTPOutcome) {
        if let index = outcome.routeIndex, routes.indices.contains(index) {
            routes[index].record(outcome)
        } else {
            unrouted.record(outcome)
        }
        if let error = outcome.error {
            logger.error("a request failed", metadata: metadata(request, outcome, error: error))
        } else if logsRequests {
            logger.debug("request", metadata: metadata(request, outcome, error: nil))
        }
    }

    public func requestRefused(status: Int, code: String) {
        refusedRequests.increment()
        if logsRequests { logger.debug("refused", metadata: ["status": "\(status)", "code": "\(code)"]) }
    }

    /// Never the query, a header or the body: tokens and keys are there.
    private func metadata(_ request: HTTPRequest, _ outcome: HTTPOutcome, error: (any Error)?) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "request_id": "\(request.requestID)", "method": "\(request.method.name)", "path": "\(request.path)",
            "operation": "\(outcome.operationID ?? "none")", "status": "\(outcome.status)",
            "duration_ms": "\(outcome.duration / .milliseconds(1))",
        ]
        if let error { metadata["error"] = "\(error)" }
        return metadata
    }
}
