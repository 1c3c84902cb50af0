extension ApplicationAutoScaling {
    /// Keeps a metric near a value
    /// (https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TargetTrackingScalingPolicyConfiguration.html).
    public struct TargetTracking: Codable, Sendable, Hashable {
        public var targetValue: Double
        public var predefinedMetricSpecification: PredefinedMetric?
        public var customizedMetricSpecification: CustomizedMetric?
        /// Seconds.
        public var scaleOutCooldown: Int?
        /// Seconds.
        public var scaleInCooldown: Int?
        public var disableScaleIn: Bool?

        public init(
            targetValue: Double, predefinedMetricSpecification: PredefinedMetric? = nil,
            customizedMetricSpecification: CustomizedMetric? = nil, scaleOutCooldown: Int?, scaleInCooldown: Int?
        ) {
            self.targetValue = targetValue
            self.predefinedMetricSpecification = predefinedMetricSpecification
            self.customizedMetricSpecification = customizedMetricSpecification
            self.scaleOutCooldown = scaleOutCooldown
            self.scaleInCooldown = scaleInCooldown
        }

        public struct PredefinedMetric: Codable, Sendable, Hashable {
            /// "ECSServiceAverageCPUUtilization", "ALBRequestCountPerTarget".
            public var predefinedMetricType: String
            /// "app/<name>/<id>/targetgroup/<name>/<id>" for ALBRequestCountPerTarget.
            public var resourceLabel: String?

            public init(predefinedMetricType: String, resourceLabel: String? = nil) {
                self.predefinedMetricType = predefinedMetricType
                self.resourceLabel = resourceLabel
            }
        }

        public struct CustomizedMetric: Codable, Sendable, Hashable {
            public var metrics: [MetricDataQuery]

            public init(metrics: [MetricDataQuery]) {
                self.metrics = metrics
            }
        }

        /// A metric, or an expression over the ids of others; one of them returns data.
        public struct MetricDataQuery: Codable, Sendable, Hashable {
            public var id: String
            public var expression: String?
            public var metricStat: MetricStat?
            public var returnData: Bool?

            public init(id: String, expression: String? = nil, metricStat: MetricStat? = nil, returnData: Bool?) {
                self.id = id
                self.expression = expression
                self.metricStat = metricStat
                self.returnData = returnData
            }
        }

        public struct MetricStat: Codable, Sendable, Hashable {
            public var metric: Metric
            public var stat: String

            public init(metric: Metric, stat: String) {
                self.metric = metric
                self.stat = stat
            }
        }

        public struct Metric: Codable, Sendable, Hashable {
            public var namespace: String?
            public var metricName: String?
            public var dimensions: [Dimension]

            public init(namespace: String?, metricName: String?, dimensions: [Dimension]) {
                self.namespace = namespace
                self.metricName = metricName
                self.dimensions = dimensions
            }
        }

        public struct Dimension: Codable, Sendable, Hashable {
            public var name: String
            public var value: String

            public init(name: String, value: String) {
                self.name = name
                self.value = value
            }
        }
    }
}
