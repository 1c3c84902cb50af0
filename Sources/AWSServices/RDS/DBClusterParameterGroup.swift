public import AWSCore

extension RDS {
    /// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBClusterParameterGroup.html)
    public struct DBClusterParameterGroup: Decodable, Sendable {
        public var dbClusterParameterGroupName: String
        public var dbClusterParameterGroupArn: String?
        public var dbParameterGroupFamily: String?
    }

    /// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_Parameter.html)
    public struct Parameter: Codable, Sendable {
        public var parameterName: String?
        public var parameterValue: String?
        /// "immediate" (dynamic parameters) or "pending-reboot".
        public var applyMethod: String?

        public init(parameterName: String, parameterValue: String, applyMethod: String) {
            self.parameterName = parameterName
            self.parameterValue = parameterValue
            self.applyMethod = applyMethod
        }
    }

    /// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBClusterParameterGroup.html)
    public struct CreateDBClusterParameterGroup: AWSOperation {
        public static var service: AWSService { RDS.service }

        public var dbClusterParameterGroupName: String
        public var dbParameterGroupFamily: String
        public var description: String
        public var tags: [Tag]

        public init(
            dbClusterParameterGroupName: String, dbParameterGroupFamily: String, description: String, tags: [Tag]
        ) {
            self.dbClusterParameterGroupName = dbClusterParameterGroupName
            self.dbParameterGroupFamily = dbParameterGroupFamily
            self.description = description
            self.tags = tags
        }

        public struct Output: Decodable, Sendable {
            public var dbClusterParameterGroup: DBClusterParameterGroup
        }
    }

    /// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBClusterParameterGroups.html)
    public struct DescribeDBClusterParameterGroups: AWSOperation {
        public static var service: AWSService { RDS.service }

        public var dbClusterParameterGroupName: String

        public init(dbClusterParameterGroupName: String) {
            self.dbClusterParameterGroupName = dbClusterParameterGroupName
        }

        public struct Output: Decodable, Sendable {
            public var dbClusterParameterGroups: [DBClusterParameterGroup]
        }
    }

    /// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBClusterParameters.html)
    public struct DescribeDBClusterParameters: AWSPaginated {
        public static var service: AWSService { RDS.service }
        public static var inputToken: WritableKeyPath<Self, String?> { \.marker }
        public static func outputToken(_ output: Output) -> String? { output.marker }

        public var dbClusterParameterGroupName: String
        /// "user": only those that were set.
        public var source: String
        public var marker: String?

        public init(dbClusterParameterGroupName: String, source: String) {
            self.dbClusterParameterGroupName = dbClusterParameterGroupName
            self.source = source
        }

        public struct Output: Decodable, Sendable {
            public var parameters: [Parameter]
            public var marker: String?
        }
    }

    /// Takes 20 parameters at the most.
    /// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBClusterParameterGroup.html)
    public struct ModifyDBClusterParameterGroup: AWSOperation {
        public static var service: AWSService { RDS.service }
        public typealias Output = AWSEmpty

        public var dbClusterParameterGroupName: String
        public var parameters: [Parameter]

        public init(dbClusterParameterGroupName: String, parameters: [Parameter]) {
            self.dbClusterParameterGroupName = dbClusterParameterGroupName
            self.parameters = parameters
        }
    }

    /// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBClusterParameterGroup.html)
    public struct DeleteDBClusterParameterGroup: AWSOperation {
        public static var service: AWSService { RDS.service }
        public typealias Output = AWSEmpty

        public var dbClusterParameterGroupName: String

        public init(dbClusterParameterGroupName: String) {
            self.dbClusterParameterGroupName = dbClusterParameterGroupName
        }
    }
}
