public import AWSServices
public import Provisioning

extension MetricSource {
    /// What GetMetricData is asked for this source. The values come under `id`; the ids of an expression's metrics get
    /// `id` before them, so that the queries of many sources go into one call.
    ///
    /// - Parameters:
    ///   - id: begins with a lower-case letter; letters, digits and underscores.
    ///   - resolve: the text of a dimension's value.
    public func queries(
        id: String, periodSeconds: Int, _ resolve: (Input) throws -> String
    ) rethrows -> [CloudWatch.MetricDataQuery] {
        switch self {
        case .metric(let metric):
            return [
                .init(id: id, metricStat: try metric.stat(periodSeconds: periodSeconds, resolve), returnData: true)
            ]
        case .expression(let expression, of: let metrics):
            let hidden = try metrics.sorted { $0.key < $1.key }.map { name, metric in
                CloudWatch.MetricDataQuery(
                    id: "\(id)_\(name)", metricStat: try metric.stat(periodSeconds: periodSeconds, resolve),
                    returnData: false)
            }
            let renamed = expression.replacing(#/[A-Za-z_][A-Za-z0-9_]*/#) { match in
                metrics[String(match.output)] == nil ? String(match.output) : "\(id)_\(match.output)"
            }
            return hidden + [.init(id: id, expression: renamed, returnData: true)]
        }
    }
}
