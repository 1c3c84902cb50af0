/// What `GET /metrics` answers: the registry and the process itself.
public struct MetricsText: Sendable {
    private let registry: PrometheusRegistry

    public init(registry: PrometheusRegistry) { self.registry = registry }

    public var contentType: String { PrometheusText.contentType }

    /// Reads /proc: call it off an event loop that serves requests, or seldom.
    public func render() -> [UInt8] {
        PrometheusText.render((registry.snapshot() + ProcessMetrics.read()).sorted { $0.name < $1.name })
    }
}
