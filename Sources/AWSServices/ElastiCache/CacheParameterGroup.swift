public import AWSCore

extension ElastiCache {
    /// (https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CacheParameterGroup.html)
    public struct CacheParameterGroup: Decodable, Sendable {
        public var cacheParameterGroupName: String
        public var cacheParameterGroupFamily: String?
        public var arn: String?
    }

    public struct ParameterNameValue: Encodable, Sendable {
        public var parameterName: String
        public var parameterValue: String

        public init(parameterName: String, parameterValue: String) {
            self.parameterName = parameterName
            self.parameterValue = parameterValue
        }
    }

    /// (https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheParameterGroup.html)
    public struct CreateCacheParameterGroup: AWSOperation {
        public static var service: AWSService { ElastiCache.service }

        public var cacheParameterGroupName: String
        public var cacheParameterGroupFamily: String
        public var description: String
        public var tags: [Tag]

        public init(
            cacheParameterGroupName: String, cacheParameterGroupFamily: String, description: String, tags: [Tag]
        ) {
            self.cacheParameterGroupName = cacheParameterGroupName
            self.cacheParameterGroupFamily = cacheParameterGroupFamily
            self.description = description
            self.tags = tags
        }

        public struct Output: Decodable, Sendable {
            public var cacheParameterGroup: CacheParameterGroup
        }
    }

    /// (https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DescribeCacheParameterGroups.html)
    public struct DescribeCacheParameterGroups: AWSOperation {
        public static var service: AWSService { ElastiCache.service }

        public var cacheParameterGroupName: String

        public init(cacheParameterGroupName: String) { self.cacheParameterGroupName = cacheParameterGroupName }

        public struct Output: Decodable, Sendable {
            public var cacheParameterGroups: [CacheParameterGroup]
        }
    }

    /// (https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DescribeCacheParameters.html)
    public struct DescribeCacheParameters: AWSPaginated {
        public static var service: AWSService { ElastiCache.service }
        public static var inputToken: WritableKeyPath<Self, String?> { \.marker }
        public static func outputToken(_ output: Output) -> String? { output.marker }

        public var cacheParameterGroupName: String
        /// "user": only those that were set.
        public var source: String
        public var marker: String?

        public init(cacheParameterGroupName: String, source: String) {
            self.cacheParameterGroupName = cacheParameterGroupName
            self.source = source
        }

        public struct Output: Decodable, Sendable {
            public var parameters: [Parameter]
            public var marker: String?
        }

        public struct Parameter: Decodable, Sendable {
            public var parameterName: String?
            public var parameterValue: String?
        }
    }

    /// Takes 20 parameters at the most.
    /// (https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyCacheParameterGroup.html)
    public struct ModifyCacheParameterGroup: AWSOperation {
        public static var service: AWSService { ElastiCache.service }
        public typealias Output = AWSEmpty

        public var cacheParameterGroupName: String
        public var parameterNameValues: [ParameterNameValue]

        public init(cacheParameterGroupName: String, parameterNameValues: [ParameterNameValue]) {
            self.cacheParameterGroupName = cacheParameterGroupName
            self.parameterNameValues = parameterNameValues
        }
    }

    /// (https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DeleteCacheParameterGroup.html)
    public struct DeleteCacheParameterGroup: AWSOperation {
        public static var service: AWSService { ElastiCache.service }
        public typealias Output = AWSEmpty

        public var cacheParameterGroupName: String

        public init(cacheParameterGroupName: String) { self.cacheParameterGroupName = cacheParameterGroupName }
    }
}
