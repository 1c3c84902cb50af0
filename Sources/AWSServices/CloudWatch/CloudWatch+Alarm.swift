public import AWSCore

extension CloudWatch {
    public struct MetricAlarm: Decodable, Sendable {
        public var alarmName: String
        public var alarmArn: String
        public var alarmDescription: String?
        public var actionsEnabled: Bool?
        public var alarmActions: [String]
        public var okActions: [String]
        public var insufficientDataActions: [String]
        public var namespace: String?
        public var metricName: String?
        public var dimensions: [Dimension]
        public var statistic: String?
        public var extendedStatistic: String?
        public var period: Int?
        public var metrics: [MetricDataQuery]
        public var evaluationPeriods: Int?
        public var datapointsToAlarm: Int?
        public var threshold: Double?
        public var comparisonOperator: String?
        public var treatMissingData: String?
        /// OK, ALARM or INSUFFICIENT_DATA.
        public var stateValue: String?
        public var stateReason: String?
    }

    /// Makes an alarm or replaces all its settings; tags are taken only when it is made
    /// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html).
    public struct PutMetricAlarm: AWSOperation {
        public static var service: AWSService { CloudWatch.service }
        public var alarmName: String
        public var alarmDescription: String
        public var actionsEnabled: Bool
        public var alarmActions: [String]
        public var okActions: [String]
        public var namespace: String?
        public var metricName: String?
        public var dimensions: [Dimension]?
        /// "Average", "Sum", "Maximum", ...; percentiles go to `extendedStatistic`.
        public var statistic: String?
        /// "p95".
        public var extendedStatistic: String?
        /// Seconds.
        public var period: Int?
        public var metrics: [MetricDataQuery]?
        public var evaluationPeriods: Int
        public var datapointsToAlarm: Int?
        public var threshold: Double
        public var comparisonOperator: String
        public var treatMissingData: String
        public var tags: [Tag]?

        public init(
            alarmName: String, alarmDescription: String, actionsEnabled: Bool, alarmActions: [String],
            okActions: [String], namespace: String? = nil, metricName: String? = nil, dimensions: [Dimension]? = nil,
            statistic: String? = nil, extendedStatistic: String? = nil, period: Int? = nil,
            metrics: [MetricDataQuery]? = nil, evaluationPeriods: Int, datapointsToAlarm: Int?, threshold: Double,
            comparisonOperator: String, treatMissingData: String, tags: [Tag]? = nil
        ) {
            self.alarmName = alarmName
            self.alarmDescription = alarmDescription
            self.actionsEnabled = actionsEnabled
            self.alarmActions = alarmActions
            self.okActions = okActions
            self.namespace = namespace
            self.metricName = metricName
            self.dimensions = dimensions
            self.statistic = statistic
            self.extendedStatistic = extendedStatistic
            self.period = period
            self.metrics = metrics
            self.evaluationPeriods = evaluationPeriods
            self.datapointsToAlarm = datapointsToAlarm
            self.threshold = threshold
            self.comparisonOperator = comparisonOperator
            self.treatMissingData = treatMissingData
            self.tags = tags
        }

        public typealias Output = AWSEmpty
    }

    /// Lists metric alarms
    /// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html).
    public struct DescribeAlarms: AWSPaginated {
        public static var service: AWSService { CloudWatch.service }
        public var alarmNamePrefix: String?
        /// At most 100; those that do not exist are left out of the answer.
        public var alarmNames: [String]?
        /// 1 to 100.
        public var maxRecords: Int?
        public var nextToken: String?

        public init(alarmNamePrefix: String?, maxRecords: Int? = nil) {
            self.alarmNamePrefix = alarmNamePrefix
            self.maxRecords = maxRecords
        }

        public init(alarmNames: [String]) {
            self.alarmNames = alarmNames
        }

        public struct Output: Decodable, Sendable {
            public var metricAlarms: [MetricAlarm]
            public var nextToken: String?
        }

        public static var inputToken: WritableKeyPath<Self, String?> { \.nextToken }
        public static func outputToken(_ output: Output) -> String? { output.nextToken }
    }

    /// Deletes up to 100 alarms
    /// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html).
    public struct DeleteAlarms: AWSOperation {
        public static var service: AWSService { CloudWatch.service }
        public var alarmNames: [String]

        public init(alarmNames: [String]) {
            self.alarmNames = alarmNames
        }

        public typealias Output = AWSEmpty
    }
}
