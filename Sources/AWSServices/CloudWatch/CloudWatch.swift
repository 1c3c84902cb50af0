public import AWSCore

/// CloudWatch alarms and dashboards (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/).
public enum CloudWatch {
    // JSON, not Query: it is what AWS's newer SDKs speak, and emulators lose alarm settings in Query.
    static let service = AWSService(
        name: "cloudwatch", endpointPrefix: "monitoring", signingName: "monitoring",
        wire: .json(version: "1.0", targetPrefix: "GraniteServiceVersion20100801"),
        wireNames: ["okActions": "OKActions", "resourceArn": "ResourceARN"])

    public struct Tag: Codable, Sendable, Hashable {
        public var key: String
        public var value: String

        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    /// Reads the tags of an alarm or a dashboard
    /// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListTagsForResource.html).
    public struct ListTagsForResource: AWSOperation {
        public static var service: AWSService { CloudWatch.service }
        public var resourceArn: String

        public init(resourceArn: String) {
            self.resourceArn = resourceArn
        }

        public struct Output: Decodable, Sendable {
            public var tags: [Tag]
        }
    }
}
