public import AWSCore

extension ELBv2 {
    public struct TargetGroup: Decodable, Sendable {
        public var targetGroupArn: String
        public var targetGroupName: String
        public var `protocol`: String?
        public var port: Int?
        public var vpcId: String?
        public var targetType: String?
        public var healthCheckPath: String?
        public var healthCheckIntervalSeconds: Int?
        public var healthCheckTimeoutSeconds: Int?
        public var healthyThresholdCount: Int?
        public var unhealthyThresholdCount: Int?
        public var matcher: Matcher?
    }

    public struct Matcher: Codable, Sendable, Hashable {
        /// "200", "200-299".
        public var httpCode: String?

        public init(httpCode: String?) {
            self.httpCode = httpCode
        }
    }

    /// Makes a target group; an equal one of the same name is returned whoever owns it
    /// (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html).
    public struct CreateTargetGroup: AWSOperation {
        public static var service: AWSService { ELBv2.service }
        public var name: String
        public var `protocol`: String
        public var port: Int
        public var vpcId: String
        public var targetType: String
        public var healthCheckPath: String
        public var healthCheckIntervalSeconds: Int
        public var healthCheckTimeoutSeconds: Int
        public var healthyThresholdCount: Int
        public var unhealthyThresholdCount: Int
        public var matcher: Matcher
        public var tags: [Tag]

        public init(
            name: String, protocol: String, port: Int, vpcId: String, targetType: String, healthCheckPath: String,
            healthCheckIntervalSeconds: Int, healthCheckTimeoutSeconds: Int, healthyThresholdCount: Int,
            unhealthyThresholdCount: Int, matcher: Matcher, tags: [Tag]
        ) {
            self.name = name
            self.protocol = `protocol`
            self.port = port
            self.vpcId = vpcId
            self.targetType = targetType
            self.healthCheckPath = healthCheckPath
            self.healthCheckIntervalSeconds = healthCheckIntervalSeconds
            self.healthCheckTimeoutSeconds = healthCheckTimeoutSeconds
            self.healthyThresholdCount = healthyThresholdCount
            self.unhealthyThresholdCount = unhealthyThresholdCount
            self.matcher = matcher
            self.tags = tags
        }

        public struct Output: Decodable, Sendable {
            public var targetGroups: [TargetGroup]
        }
    }

    /// Lists target groups
    /// (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetGroups.html).
    public struct DescribeTargetGroups: AWSPaginated {
        public static var service: AWSService { ELBv2.service }
        public var marker: String?
        /// 1 to 400.
        public var pageSize: Int?

        public init(pageSize: Int? = nil) {
            self.pageSize = pageSize
        }

        public struct Output: Decodable, Sendable {
            public var targetGroups: [TargetGroup]
            public var nextMarker: String?
        }

        public static var inputToken: WritableKeyPath<Self, String?> { \.marker }
        public static func outputToken(_ output: Output) -> String? { output.nextMarker }
    }

    /// Changes the health check; nothing else of a target group can change
    /// (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyTargetGroup.html).
    public struct ModifyTargetGroup: AWSOperation {
        public static var service: AWSService { ELBv2.service }
        public var targetGroupArn: String
        public var healthCheckPath: String
        public var healthCheckIntervalSeconds: Int
        public var healthCheckTimeoutSeconds: Int
        public var healthyThresholdCount: Int
        public var unhealthyThresholdCount: Int
        public var matcher: Matcher

        public init(
            targetGroupArn: String, healthCheckPath: String, healthCheckIntervalSeconds: Int,
            healthCheckTimeoutSeconds: Int, healthyThresholdCount: Int, unhealthyThresholdCount: Int, matcher: Matcher
        ) {
            self.targetGroupArn = targetGroupArn
            self.healthCheckPath = healthCheckPath
            self.healthCheckIntervalSeconds = healthCheckIntervalSeconds
            self.healthCheckTimeoutSeconds = healthCheckTimeoutSeconds
            self.healthyThresholdCount = healthyThresholdCount
            self.unhealthyThresholdCount = unhealthyThresholdCount
            self.matcher = matcher
        }

        public typealias Output = AWSEmpty
    }

    /// Deletes a target group that no rule or listener names
    /// (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteTargetGroup.html).
    public struct DeleteTargetGroup: AWSOperation {
        public static var service: AWSService { ELBv2.service }
        public var targetGroupArn: String

        public init(targetGroupArn: String) {
            self.targetGroupArn = targetGroupArn
        }

        public typealias Output = AWSEmpty
    }

    /// Reads all attributes of a target group
    /// (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetGroupAttributes.html).
    public struct DescribeTargetGroupAttributes: AWSOperation {
        public static var service: AWSService { ELBv2.service }
        public var targetGroupArn: String

        public init(targetGroupArn: String) {
            self.targetGroupArn = targetGroupArn
        }

        public struct Output: Decodable, Sendable {
            public var attributes: [Attribute]
        }
    }

    /// Sets the named attributes and leaves the others
    /// (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyTargetGroupAttributes.html).
    public struct ModifyTargetGroupAttributes: AWSOperation {
        public static var service: AWSService { ELBv2.service }
        public var targetGroupArn: String
        public var attributes: [Attribute]

        public init(targetGroupArn: String, attributes: [Attribute]) {
            self.targetGroupArn = targetGroupArn
            self.attributes = attributes
        }

        public typealias Output = AWSEmpty
    }
}
