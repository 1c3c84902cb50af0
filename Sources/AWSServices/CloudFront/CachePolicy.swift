public import AWSCore

extension CloudFront {
    public struct CachePolicy: Decodable, Sendable {
        public var id: String
        public var cachePolicyConfig: CachePolicyConfig
        /// Of single reads and of answers to changes.
        public var eTag: String?
    }

    /// What is cached for how long, and by which key. TTLs are seconds.
    public struct CachePolicyConfig: Codable, Sendable {
        public struct Parameters: Codable, Sendable {
            public var enableAcceptEncodingGzip: Bool
            public var enableAcceptEncodingBrotli: Bool?
            public var headersConfig: HeadersConfig
            public var cookiesConfig: CookiesConfig
            public var queryStringsConfig: QueryStringsConfig

            public init(
                enableAcceptEncodingGzip: Bool, enableAcceptEncodingBrotli: Bool, headersConfig: HeadersConfig,
                cookiesConfig: CookiesConfig, queryStringsConfig: QueryStringsConfig
            ) {
                self.enableAcceptEncodingGzip = enableAcceptEncodingGzip
                self.enableAcceptEncodingBrotli = enableAcceptEncodingBrotli
                self.headersConfig = headersConfig
                self.cookiesConfig = cookiesConfig
                self.queryStringsConfig = queryStringsConfig
            }
        }

        /// 128 characters at most.
        public var comment: String?
        public var name: String
        public var defaultTTL: Int?
        public var maxTTL: Int?
        public var minTTL: Int
        public var parametersInCacheKeyAndForwardedToOrigin: Parameters?

        public init(
            comment: String, name: String, defaultTTL: Int, maxTTL: Int, minTTL: Int, parameters: Parameters
        ) {
            self.comment = comment
            self.name = name
            self.defaultTTL = defaultTTL
            self.maxTTL = maxTTL
            self.minTTL = minTTL
            parametersInCacheKeyAndForwardedToOrigin = parameters
        }
    }

    public struct HeadersConfig: Codable, Sendable {
        /// "none", "whitelist"; in origin request policies also "allViewer", "allExcept" ...
        public var headerBehavior: String
        public var headers: Names?

        public init(headerBehavior: String, headers: Names? = nil) {
            self.headerBehavior = headerBehavior
            self.headers = headers
        }
    }

    public struct CookiesConfig: Codable, Sendable {
        /// "none", "whitelist", "allExcept", "all"
        public var cookieBehavior: String
        public var cookies: Names?

        public init(cookieBehavior: String, cookies: Names? = nil) {
            self.cookieBehavior = cookieBehavior
            self.cookies = cookies
        }
    }

    public struct QueryStringsConfig: Codable, Sendable {
        /// "none", "whitelist", "allExcept", "all"
        public var queryStringBehavior: String
        public var queryStrings: Names?

        public init(queryStringBehavior: String, queryStrings: Names? = nil) {
            self.queryStringBehavior = queryStringBehavior
            self.queryStrings = queryStrings
        }
    }

    /// Makes a cache policy; its name is unique in the account
    /// (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateCachePolicy.html).
    public struct CreateCachePolicy: Operation {
        public typealias Output = CachePolicy

        public var cachePolicyConfig: CachePolicyConfig

        public init(cachePolicyConfig: CachePolicyConfig) { self.cachePolicyConfig = cachePolicyConfig }

        public var rest: AWSRESTRequest {
            AWSRESTRequest(
                method: "POST", path: path("cache-policy"), xmlRoot: ("CachePolicyConfig", namespace),
                outputHeaders: ["ETag": "eTag"])
        }
    }

    /// Reads a cache policy (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_GetCachePolicy.html).
    public struct GetCachePolicy: Operation {
        public typealias Output = CachePolicy

        public var id: String

        public init(id: String) { self.id = id }

        public var rest: AWSRESTRequest {
            AWSRESTRequest(method: "GET", path: path("cache-policy", id), outputHeaders: ["ETag": "eTag"])
        }
    }

    /// Lists the account's own cache policies
    /// (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ListCachePolicies.html).
    public struct ListCachePolicies: Listing {
        public struct Output: Page {
            public struct Items: Decodable, Sendable {
                public var cachePolicySummary: [Summary]
            }

            public struct Summary: Decodable, Sendable {
                public var cachePolicy: CachePolicy
            }

            public var nextMarker: String?
            public var items: Items?

            public var policies: [CachePolicy] { items?.cachePolicySummary.map(\.cachePolicy) ?? [] }
        }

        public var marker: String?

        public init() {}

        public var rest: AWSRESTRequest {
            AWSRESTRequest(method: "GET", path: path("cache-policy"), query: [("Type", "custom")] + page)
        }
    }

    /// Replaces a cache policy's settings
    /// (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_UpdateCachePolicy.html).
    public struct UpdateCachePolicy: Operation {
        public typealias Output = CachePolicy

        public var id: String
        /// The ETag of the settings that are to be replaced.
        public var ifMatch: String
        public var cachePolicyConfig: CachePolicyConfig

        public init(id: String, ifMatch: String, cachePolicyConfig: CachePolicyConfig) {
            self.id = id
            self.ifMatch = ifMatch
            self.cachePolicyConfig = cachePolicyConfig
        }

        public var rest: AWSRESTRequest {
            AWSRESTRequest(
                method: "PUT", path: path("cache-policy", id), headers: [("If-Match", ifMatch)],
                xmlRoot: ("CachePolicyConfig", namespace), outputHeaders: ["ETag": "eTag"])
        }
    }

    /// Deletes a cache policy that no distribution uses
    /// (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DeleteCachePolicy.html).
    public struct DeleteCachePolicy: Operation {
        public typealias Output = AWSEmpty

        public var id: String
        public var ifMatch: String

        public init(id: String, ifMatch: String) {
            self.id = id
            self.ifMatch = ifMatch
        }

        public var rest: AWSRESTRequest {
            AWSRESTRequest(method: "DELETE", path: path("cache-policy", id), headers: [("If-Match", ifMatch)])
        }
    }
}
