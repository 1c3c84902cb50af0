import AWSServices
public import Provisioning

/// A metric of CloudWatch, as alarms, dashboards and scaling policies use it.
public struct Metric: Encodable, Sendable {
    /// "AWS/ApplicationELB".
    public var namespace: String
    public var name: String
    public var dimensions: [String: Input]
    /// "Average", "Sum", "p95".
    public var statistic: String

    public init(_ namespace: String, _ name: String, _ dimensions: [String: Input], _ statistic: String) {
        self.namespace = namespace
        self.name = name
        self.dimensions = dimensions
        self.statistic = statistic
    }

    /// Whether `statistic` is a percentile or the like, which alarms name elsewhere.
    var isExtended: Bool { !["SampleCount", "Average", "Sum", "Minimum", "Maximum"].contains(statistic) }

    func stat(periodSeconds: Int, _ resolve: (Input) throws -> String) rethrows -> CloudWatch.MetricStat {
        CloudWatch.MetricStat(
            metric: CloudWatch.Metric(
                namespace: namespace, metricName: name,
                dimensions: try resolvedDimensions(resolve).map(CloudWatch.Dimension.init)),
            period: periodSeconds, stat: statistic)
    }

    func summary(_ resolve: (Input) throws -> String) rethrows -> String {
        MetricSummary.metric(namespace, name, try resolvedDimensions(resolve), statistic)
    }

    /// In the order of their names.
    func resolvedDimensions(
        _ resolve: (Input) throws -> String
    ) rethrows -> [(name: String, value: String)] {
        try dimensions.sorted { $0.key < $1.key }.map { (name: $0.key, value: try resolve($0.value)) }
    }
}

/// A metric, or an expression over metrics
/// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html).
public enum MetricSource: Encodable, Sendable {
    case metric(Metric)
    /// `expression` over the metrics by their ids, which begin with a lower-case letter.
    case expression(String, of: [String: Metric])

    func summary(_ resolve: (Input) throws -> String) rethrows -> String {
        switch self {
        case .metric(let metric):
            try metric.summary(resolve)
        case .expression(let expression, of: let metrics):
            MetricSummary.expression(expression, try metrics.map { (id: $0, summary: try $1.summary(resolve)) })
        }
    }
}

/// Metrics as text, so that what is observed and what is desired compare in one line.
enum MetricSummary {
    /// "p95 AWS/ApplicationELB TargetResponseTime LoadBalancer=app/ticket-alb/1"
    static func metric(
        _ namespace: String?, _ name: String?, _ dimensions: [(name: String, value: String)], _ statistic: String
    ) -> String {
        let dimensions = dimensions.sorted { $0.name < $1.name }.map { "\($0.name)=\($0.value)" }
        return ([statistic, namespace ?? "", name ?? ""] + dimensions).joined(separator: " ")
    }

    /// "visible / running; running: Average ...; visible: ..."
    static func expression(_ expression: String, _ metrics: [(id: String, summary: String)]) -> String {
        ([expression] + metrics.sorted { $0.id < $1.id }.map { "\($0.id): \($0.summary)" }).joined(separator: "; ")
    }
}
