import AWSServices
public import Provisioning

/// How a scaling policy moves a service's task count.
public enum ScalingRule: Encodable, Sendable {
    case tracking(TargetTracking)
    case step(StepScaling)

    /// Keeps a metric near a value.
    public struct TargetTracking: Encodable, Sendable {
        public var metric: TrackedMetric
        public var target: Double
        /// Seconds before it adds again.
        public var scaleOutCooldownSeconds: Int
        /// Seconds before it takes away again.
        public var scaleInCooldownSeconds: Int

        public init(
            _ metric: TrackedMetric, target: Double, scaleOutCooldownSeconds: Int, scaleInCooldownSeconds: Int
        ) {
            self.metric = metric
            self.target = target
            self.scaleOutCooldownSeconds = scaleOutCooldownSeconds
            self.scaleInCooldownSeconds = scaleInCooldownSeconds
        }
    }

    /// What is held at its target.
    public enum TrackedMetric: Encodable, Sendable {
        /// The service's average CPU, per cent.
        case averageCPU
        /// Requests **a minute** a target; `label` is "app/<name>/<id>/targetgroup/<name>/<id>".
        case requestsPerTarget(label: Input)
        /// `expression` over metrics by their ids.
        case expression(String, of: [String: Metric])
    }

    /// Adds tasks when an alarm that names the policy goes off.
    public struct StepScaling: Encodable, Sendable {
        /// Per cent of the tasks there are.
        public var percent: Int
        /// Tasks to add at least.
        public var minimumTasks: Int
        public var cooldownSeconds: Int

        public init(percent: Int, minimumTasks: Int, cooldownSeconds: Int) {
            self.percent = percent
            self.minimumTasks = minimumTasks
            self.cooldownSeconds = cooldownSeconds
        }
    }
}

extension ScalingRule.TargetTracking {
    func wire(_ resolve: (Input) throws -> String) rethrows -> ApplicationAutoScaling.TargetTracking {
        var wire = ApplicationAutoScaling.TargetTracking(
            targetValue: target, scaleOutCooldown: scaleOutCooldownSeconds, scaleInCooldown: scaleInCooldownSeconds)
        switch metric {
        case .averageCPU:
            wire.predefinedMetricSpecification = .init(predefinedMetricType: "ECSServiceAverageCPUUtilization")
        case .requestsPerTarget(let label):
            wire.predefinedMetricSpecification = .init(
                predefinedMetricType: "ALBRequestCountPerTarget", resourceLabel: try resolve(label))
        case .expression(let expression, of: let metrics):
            let queries = try metrics.sorted { $0.key < $1.key }.map { id, metric in
                ApplicationAutoScaling.TargetTracking.MetricDataQuery(
                    id: id,
                    metricStat: .init(
                        metric: .init(
                            namespace: metric.namespace, metricName: metric.name,
                            dimensions: try metric.resolvedDimensions(resolve).map {
                                .init(name: $0.name, value: $0.value)
                            }),
                        stat: metric.statistic),
                    returnData: false)
            }
            wire.customizedMetricSpecification = .init(
                metrics: queries + [.init(id: "result", expression: expression, returnData: true)])
        }
        return wire
    }
}

extension ScalingRule.StepScaling {
    var wire: ApplicationAutoScaling.StepScaling {
        ApplicationAutoScaling.StepScaling(
            adjustmentType: "PercentChangeInCapacity",
            stepAdjustments: [.init(metricIntervalLowerBound: 0, scalingAdjustment: percent)],
            minAdjustmentMagnitude: minimumTasks, cooldown: cooldownSeconds, metricAggregationType: "Average")
    }
}

extension ApplicationAutoScaling.TargetTracking {
    /// Setting to text, for comparing.
    var settings: [String: String] {
        var metric = ""
        if let predefined = predefinedMetricSpecification {
            metric = [predefined.predefinedMetricType, predefined.resourceLabel].compactMap(\.self)
                .joined(separator: " ")
        } else if let customized = customizedMetricSpecification {
            let stats = customized.metrics.compactMap { query in query.metricStat.map { (id: query.id, stat: $0) } }
            metric = MetricSummary.expression(
                customized.metrics.first { $0.expression != nil }?.expression ?? "",
                stats.map { id, stat in
                    let dimensions = stat.metric.dimensions.map { (name: $0.name, value: $0.value) }
                    return (
                        id: id,
                        summary: MetricSummary.metric(
                            stat.metric.namespace, stat.metric.metricName, dimensions, stat.stat)
                    )
                })
        }
        return [
            "metric": metric, "target": "\(targetValue)", "scaleOutCooldown": "\(scaleOutCooldown ?? 0)",
            "scaleInCooldown": "\(scaleInCooldown ?? 0)", "scaleIn": disableScaleIn == true ? "disabled" : "enabled",
        ]
    }
}

extension ApplicationAutoScaling.StepScaling {
    /// Setting to text, for comparing.
    var settings: [String: String] {
        let steps = stepAdjustments.map { step in
            let from = step.metricIntervalLowerBound.map { "\($0)" } ?? "-"
            let to = step.metricIntervalUpperBound.map { "\($0)" } ?? "-"
            return "\(step.scalingAdjustment) from \(from) to \(to)"
        }
        return [
            "adjustment": adjustmentType ?? "", "steps": steps.joined(separator: ", "),
            "minimumTasks": "\(minAdjustmentMagnitude ?? 0)", "cooldown": "\(cooldown ?? 0)",
            "aggregation": metricAggregationType ?? "Average",
        ]
    }
}
