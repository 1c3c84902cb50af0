/// What is said about a metric beside its numbers.
public struct MetricDescription: Sendable {
    public var name: String
    public var help: String
    /// A histogram's upper bounds, ascending; nil: the default of its kind.
    public var bounds: [Double]?

    public init(_ name: String, _ help: String, bounds: [Double]? = nil) {
        self.name = name
        self.help = help
        self.bounds = bounds
    }

    /// Seconds, 0.5 ms to 10 s; dense where the hot path's 200 ms lie.
    public static let latencyBounds: [Double] = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10,
    ]

    /// Sizes and counts.
    public static let sizeBounds: [Double] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000]

    /// The metrics of this target.
    static let own = [
        MetricDescription("event_loop_lag_seconds", "How late a task ran on an event loop."),
        MetricDescription("logs_dropped_total", "Log lines lost because the reader of the log was too slow or gone."),
        MetricDescription(
            "metrics_series_dropped_total", "Handles refused: too many series, or a name of another kind."),
        MetricDescription("process_cpu_seconds_total", "User and system CPU time."),
        MetricDescription("process_max_fds", "Limit of open file descriptors."),
        MetricDescription("process_open_fds", "Open file descriptors."),
        MetricDescription("process_resident_memory_bytes", "Resident memory."),
        MetricDescription("process_start_time_seconds", "Start of the process, seconds since 1970."),
        MetricDescription("process_threads", "Threads."),
        MetricDescription(
            "xray_segments_dropped_total", "Trace segments lost: the queue was full, or the send failed."),
        MetricDescription("xray_segments_sent_total", "Trace segments handed to the daemon."),
    ]
}
