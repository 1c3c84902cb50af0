extension CloudFront {
    public struct CacheBehaviors: Codable, Sendable {
        public struct Items: Codable, Sendable {
            public var cacheBehavior: [CacheBehavior]
        }

        public var quantity: Int
        public var items: Items?

        public init(_ behaviors: [CacheBehavior]) {
            quantity = behaviors.count
            items = behaviors.isEmpty ? nil : Items(cacheBehavior: behaviors)
        }

        public var all: [CacheBehavior] { items?.cacheBehavior ?? [] }
    }

    /// What happens to requests whose path matches; the default behavior has no pattern.
    public struct CacheBehavior: Codable, Sendable {
        /// Trusted signers or key groups; sent back as they were.
        public struct Trusted: Codable, Sendable {
            public struct Items: Codable, Sendable {
                public var awsAccountNumber: [String]
                public var keyGroup: [String]
            }

            public var enabled: Bool
            public var quantity: Int
            public var items: Items?
        }

        public struct LambdaFunctionAssociations: Codable, Sendable {
            public struct Items: Codable, Sendable {
                public var lambdaFunctionAssociation: [Association]
            }

            public struct Association: Codable, Sendable {
                public var lambdaFunctionARN: String
                public var eventType: String
                public var includeBody: Bool?
            }

            public var quantity = 0
            public var items: Items?
        }

        public struct FunctionAssociations: Codable, Sendable {
            public struct Items: Codable, Sendable {
                public var functionAssociation: [Association]
            }

            public struct Association: Codable, Sendable {
                public var functionARN: String
                public var eventType: String
            }

            public var quantity = 0
            public var items: Items?
        }

        public struct Methods: Codable, Sendable {
            public struct Items: Codable, Sendable {
                public var method: [String]
            }

            public var quantity: Int
            public var items: Items
            public var cachedMethods: CachedMethods?

            public init(_ methods: [String], cached: [String]) {
                quantity = methods.count
                items = Items(method: methods)
                cachedMethods = CachedMethods(quantity: cached.count, items: Items(method: cached))
            }
        }

        public struct CachedMethods: Codable, Sendable {
            public var quantity: Int
            public var items: Methods.Items
        }

        public struct GrpcConfig: Codable, Sendable {
            public var enabled: Bool
        }

        public var pathPattern: String?
        public var targetOriginId: String
        public var trustedSigners: Trusted?
        public var trustedKeyGroups: Trusted?
        /// "allow-all", "https-only", "redirect-to-https"
        public var viewerProtocolPolicy: String
        public var allowedMethods: Methods?
        public var smoothStreaming: Bool?
        public var compress: Bool?
        public var lambdaFunctionAssociations: LambdaFunctionAssociations?
        public var functionAssociations: FunctionAssociations?
        public var fieldLevelEncryptionId: String?
        public var realtimeLogConfigArn: String?
        public var cachePolicyId: String?
        public var originRequestPolicyId: String?
        public var responseHeadersPolicyId: String?
        public var grpcConfig: GrpcConfig?

        public init(pathPattern: String?) {
            self.pathPattern = pathPattern
            targetOriginId = ""
            trustedSigners = Trusted(enabled: false, quantity: 0)
            trustedKeyGroups = Trusted(enabled: false, quantity: 0)
            viewerProtocolPolicy = "redirect-to-https"
            smoothStreaming = false
            compress = true
            lambdaFunctionAssociations = LambdaFunctionAssociations()
            functionAssociations = FunctionAssociations()
            fieldLevelEncryptionId = ""
        }
    }
}
