public import AWSCore

extension CloudWatch {
    /// Makes a dashboard or replaces its body; tags are taken only when it is made
    /// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html).
    public struct PutDashboard: AWSOperation {
        public static var service: AWSService { CloudWatch.service }
        public var dashboardName: String
        /// JSON
        /// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html).
        public var dashboardBody: String
        public var tags: [Tag]?

        public init(dashboardName: String, dashboardBody: String, tags: [Tag]? = nil) {
            self.dashboardName = dashboardName
            self.dashboardBody = dashboardBody
            self.tags = tags
        }

        public typealias Output = AWSEmpty
    }

    /// Reads a dashboard
    /// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetDashboard.html).
    public struct GetDashboard: AWSOperation {
        public static var service: AWSService { CloudWatch.service }
        public var dashboardName: String

        public init(dashboardName: String) {
            self.dashboardName = dashboardName
        }

        public struct Output: Decodable, Sendable {
            public var dashboardArn: String?
            public var dashboardBody: String?
        }
    }

    /// Deletes dashboards
    /// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteDashboards.html).
    public struct DeleteDashboards: AWSOperation {
        public static var service: AWSService { CloudWatch.service }
        public var dashboardNames: [String]

        public init(dashboardNames: [String]) {
            self.dashboardNames = dashboardNames
        }

        public typealias Output = AWSEmpty
    }
}
