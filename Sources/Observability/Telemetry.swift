public import Logging
internal import Metrics
public import NIOCore
internal import Tracing

/// Logs, metrics and traces of one process, made once and passed on.
public struct Telemetry: Sendable {
    public let logger: Logger
    public let registry: PrometheusRegistry
    public let tracer: XRayTracer
    public let metricsText: MetricsText

    private let configuration: TelemetryConfiguration
    private let writer: LogWriter
    private let exporter: XRayExporter?
    private let emf: EMFReporter?
    private let lag: EventLoopLag

    /// - Parameters:
    ///   - group: the loops whose lag is measured; one of them sends traces.
    ///   - logDescriptor: where lines go: 1 or 2.
    ///   - descriptions: help and bounds of the caller's metrics.
    ///   - emf: what CloudWatch gets when `METRICS_EMF=true`.
    /// - Throws: `ObservabilityError` (`unreachableDaemon`).
    public init(
        _ configuration: TelemetryConfiguration, group: any EventLoopGroup, logDescriptor: Int32 = 1,
        descriptions: [MetricDescription] = [], emf selections: [EMFReporter.Selection] = []
    ) async throws(ObservabilityError) {
        let registry = PrometheusRegistry(descriptions: descriptions)
        let writer = LogWriter(
            descriptor: logDescriptor, dropped: Counter(label: "logs_dropped_total", factory: registry))
        let service = "tickctl-\(configuration.role)"
        if let daemon = configuration.daemon {
            exporter = try await XRayExporter.open(daemon, group: group, factory: registry)
        } else {
            exporter = nil
        }
        self.configuration = configuration
        self.registry = registry
        self.writer = writer
        metricsText = MetricsText(registry: registry)
        tracer = XRayTracer(
            service: service, sampler: TraceSampler(rate: configuration.sampleRate), exporter: exporter)
        var logger = Logger(label: service) { label in
            JSONLogHandler(
                label: label, level: configuration.logLevel, writer: writer, metadataProvider: .serviceContext)
        }
        logger[.role] = .string(configuration.role)
        if let region = configuration.region { logger[.region] = .string(region) }
        self.logger = logger
        emf =
            configuration.isEMFEnabled
            ? EMFReporter(
                registry: registry, selections: selections,
                dimensions: [("role", configuration.role), ("region", configuration.region ?? "")], writer: writer)
            : nil
        lag = EventLoopLag(group: group, factory: registry)
    }

    /// Makes this the process's backend of swift-log, swift-metrics and swift-distributed-tracing. Once, by the
    /// executable.
    public func bootstrap() {
        let (level, writer) = (configuration.logLevel, writer)
        LoggingSystem.bootstrap(
            { label, provider in
                JSONLogHandler(label: label, level: level, writer: writer, metadataProvider: provider)
            }, metadataProvider: .serviceContext)
        MetricsSystem.bootstrap(registry)
        InstrumentationSystem.bootstrap(tracer)
    }

    /// Reports to CloudWatch, if asked, until the task is cancelled.
    public func run() async { await emf?.run() }

    /// Sends what is left: closes the trace socket and waits for the log, at most `timeout`. The last thing a process
    /// does.
    public func shutdown(timeout: Duration = .seconds(2)) async {
        lag.stop()
        await exporter?.close()
        writer.flush(timeout: timeout)
    }
}
