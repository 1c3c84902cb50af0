extension CloudWatch {
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

    /// A metric, or an expression over the ids of others; one of them returns data
    /// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html).
    public struct MetricDataQuery: Codable, Sendable, Hashable {
        /// Begins with a lower-case letter.
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
        /// Seconds.
        public var period: Int
        /// "Sum", "p95".
        public var stat: String

        public init(metric: Metric, period: Int, stat: String) {
            self.metric = metric
            self.period = period
            self.stat = stat
        }
    }
}
