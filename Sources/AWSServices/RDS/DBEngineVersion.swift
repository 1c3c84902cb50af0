public import AWSCore

extension RDS {
    /// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBEngineVersions.html)
    public struct DescribeDBEngineVersions: AWSPaginated {
        public static var service: AWSService { RDS.service }
        public static var inputToken: WritableKeyPath<Self, String?> { \.marker }
        public static func outputToken(_ output: Output) -> String? { output.marker }

        public var engine: String
        /// nil: all versions.
        public var engineVersion: String?
        public var marker: String?

        public init(engine: String, engineVersion: String? = nil) {
            self.engine = engine
            self.engineVersion = engineVersion
        }

        public struct Output: Decodable, Sendable {
            public var dbEngineVersions: [Version]
            public var marker: String?
        }

        public struct Version: Decodable, Sendable {
            public var engineVersion: String?
        }
    }
}
