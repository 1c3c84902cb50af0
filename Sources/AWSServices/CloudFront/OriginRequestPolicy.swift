public import AWSCore

extension CloudFront {
    public struct OriginRequestPolicy: Decodable, Sendable {
        public var id: String
        public var originRequestPolicyConfig: OriginRequestPolicyConfig
        /// Of single reads and of answers to changes.
        public var eTag: String?
    }

    /// What of a viewer's request reaches the origin besides the cache key.
    public struct OriginRequestPolicyConfig: Codable, Sendable {
        /// 128 characters at most.
        public var comment: String?
        public var name: String
        public var headersConfig: HeadersConfig
        public var cookiesConfig: CookiesConfig
        public var queryStringsConfig: QueryStringsConfig

        public init(
            comment: String, name: String, headersConfig: HeadersConfig, cookiesConfig: CookiesConfig,
            queryStringsConfig: QueryStringsConfig
        ) {
            self.comment = comment
            self.name = name
            self.headersConfig = headersConfig
            self.cookiesConfig = cookiesConfig
            self.queryStringsConfig = queryStringsConfig
        }
    }

    /// Makes an origin request policy; its name is unique in the account
    /// (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateOriginRequestPolicy.html).
    public struct CreateOriginRequestPolicy: Operation {
        public typealias Output = OriginRequestPolicy

        public var originRequestPolicyConfig: OriginRequestPolicyConfig

        public init(originRequestPolicyConfig: OriginRequestPolicyConfig) {
            self.originRequestPolicyConfig = originRequestPolicyConfig
        }

        public var rest: AWSRESTRequest {
            AWSRESTRequest(
                method: "POST", path: path("origin-request-policy"), xmlRoot: ("OriginRequestPolicyConfig", namespace),
                outputHeaders: ["ETag": "eTag"])
        }
    }

    /// Reads an origin request policy
    /// (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_GetOriginRequestPolicy.html).
    public struct GetOriginRequestPolicy: Operation {
        public typealias Output = OriginRequestPolicy

        public var id: String

        public init(id: String) { self.id = id }

        public var rest: AWSRESTRequest {
            AWSRESTRequest(method: "GET", path: path("origin-request-policy", id), outputHeaders: ["ETag": "eTag"])
        }
    }

    /// Lists the account's own origin request policies
    /// (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ListOriginRequestPolicies.html).
    public struct ListOriginRequestPolicies: Listing {
        public struct Output: Page {
            public struct Items: Decodable, Sendable {
                public var originRequestPolicySummary: [Summary]
            }

            public struct Summary: Decodable, Sendable {
                public var originRequestPolicy: OriginRequestPolicy
            }

            public var nextMarker: String?
            public var items: Items?

            public var policies: [OriginRequestPolicy] {
                items?.originRequestPolicySummary.map(\.originRequestPolicy) ?? []
            }
        }

        public var marker: String?

        public init() {}

        public var rest: AWSRESTRequest {
            AWSRESTRequest(method: "GET", path: path("origin-request-policy"), query: [("Type", "custom")] + page)
        }
    }

    /// Replaces an origin request policy's settings
    /// (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_UpdateOriginRequestPolicy.html).
    public struct UpdateOriginRequestPolicy: Operation {
        public typealias Output = OriginRequestPolicy

        public var id: String
        /// The ETag of the settings that are to be replaced.
        public var ifMatch: String
        public var originRequestPolicyConfig: OriginRequestPolicyConfig

        public init(id: String, ifMatch: String, originRequestPolicyConfig: OriginRequestPolicyConfig) {
            self.id = id
            self.ifMatch = ifMatch
            self.originRequestPolicyConfig = originRequestPolicyConfig
        }

        public var rest: AWSRESTRequest {
            AWSRESTRequest(
                method: "PUT", path: path("origin-request-policy", id), headers: [("If-Match", ifMatch)],
                xmlRoot: ("OriginRequestPolicyConfig", namespace), outputHeaders: ["ETag": "eTag"])
        }
    }

    /// Deletes an origin request policy that no distribution uses
    /// (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DeleteOriginRequestPolicy.html).
    public struct DeleteOriginRequestPolicy: Operation {
        public typealias Output = AWSEmpty

        public var id: String
        public var ifMatch: String

        public init(id: String, ifMatch: String) {
            self.id = id
            self.ifMatch = ifMatch
        }

        public var rest: AWSRESTRequest {
            AWSRESTRequest(method: "DELETE", path: path("origin-request-policy", id), headers: [("If-Match", ifMatch)])
        }
    }
}
