public import AWSCore
public import Foundation

extension CloudWatch {
    /// At most 500 queries at once
    /// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html).
    public struct GetMetricData: AWSPaginated {
        public static var service: AWSService { CloudWatch.service }
        public static var inputToken: WritableKeyPath<Self, String?> { \.nextToken }
        public static func outputToken(_ output: Output) -> String? { output.nextToken }

        public var metricDataQueries: [MetricDataQuery]
        public var startTime: Date
        /// Exclusive.
        public var endTime: Date
        /// "TimestampDescending": the latest first.
        public var scanBy = "TimestampDescending"
        public var nextToken: String?

        public init(metricDataQueries: [MetricDataQuery], startTime: Date, endTime: Date) {
            self.metricDataQueries = metricDataQueries
            self.startTime = startTime
            self.endTime = endTime
        }

        public struct Output: Decodable, Sendable {
            public var metricDataResults: [MetricDataResult]
            public var nextToken: String?
        }
    }

    /// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataResult.html)
    public struct MetricDataResult: Decodable, Sendable {
        /// The query's.
        public var id: String
        /// "Complete"; on a page that another one follows "PartialData"; "InternalError", "Forbidden".
        public var statusCode: String?
        /// As many as `values`, in the same order.
        public var timestamps: [Date]
        public var values: [Double]
    }
}
