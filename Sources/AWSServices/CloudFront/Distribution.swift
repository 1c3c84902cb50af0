public import AWSCore

extension CloudFront {
    public struct Distribution: Decodable, Sendable {
        public var id: String
        public var arn: String
        /// "InProgress", "Deployed"
        public var status: String
        public var domainName: String
        public var distributionConfig: DistributionConfig
        public var eTag: String?
    }

    /// Makes a distribution. A caller reference is taken once
    /// (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateDistributionWithTags.html).
    public struct CreateDistributionWithTags: Operation {
        public typealias Output = Distribution

        public struct ConfigWithTags: Encodable, Sendable {
            public var distributionConfig: DistributionConfig
            public var tags: Tags
        }

        public var distributionConfigWithTags: ConfigWithTags

        public init(distributionConfig: DistributionConfig, tags: [String: String]) {
            distributionConfigWithTags = ConfigWithTags(distributionConfig: distributionConfig, tags: Tags(tags))
        }

        public var rest: AWSRESTRequest {
            AWSRESTRequest(
                method: "POST", path: path("distribution"), query: [("WithTags", "")],
                xmlRoot: ("DistributionConfigWithTags", namespace), outputHeaders: ["ETag": "eTag"])
        }
    }

    /// Reads a distribution (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_GetDistribution.html).
    public struct GetDistribution: Operation {
        public typealias Output = Distribution

        public var id: String

        public init(id: String) { self.id = id }

        public var rest: AWSRESTRequest {
            AWSRESTRequest(method: "GET", path: path("distribution", id), outputHeaders: ["ETag": "eTag"])
        }
    }

    /// Lists distributions (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ListDistributions.html).
    public struct ListDistributions: Listing {
        public struct Output: Page {
            public struct Items: Decodable, Sendable {
                public var distributionSummary: [Summary]
            }

            public struct Summary: Decodable, Sendable {
                public var id: String
                public var arn: String
                public var comment: String
            }

            public var nextMarker: String?
            public var items: Items?

            public var distributions: [Summary] { items?.distributionSummary ?? [] }
        }

        public var marker: String?

        public init() {}

        public var rest: AWSRESTRequest {
            AWSRESTRequest(method: "GET", path: path("distribution"), query: page)
        }
    }

    /// Replaces a distribution's settings
    /// (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_UpdateDistribution.html).
    public struct UpdateDistribution: Operation {
        public typealias Output = Distribution

        public var id: String
        /// The ETag of the settings that are to be replaced.
        public var ifMatch: String
        public var distributionConfig: DistributionConfig

        public init(id: String, ifMatch: String, distributionConfig: DistributionConfig) {
            self.id = id
            self.ifMatch = ifMatch
            self.distributionConfig = distributionConfig
        }

        public var rest: AWSRESTRequest {
            AWSRESTRequest(
                method: "PUT", path: path("distribution", id, "config"), headers: [("If-Match", ifMatch)],
                xmlRoot: ("DistributionConfig", namespace), outputHeaders: ["ETag": "eTag"])
        }
    }

    /// Deletes a distribution that is disabled everywhere
    /// (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DeleteDistribution.html).
    public struct DeleteDistribution: Operation {
        public typealias Output = AWSEmpty

        public var id: String
        public var ifMatch: String

        public init(id: String, ifMatch: String) {
            self.id = id
            self.ifMatch = ifMatch
        }

        public var rest: AWSRESTRequest {
            AWSRESTRequest(method: "DELETE", path: path("distribution", id), headers: [("If-Match", ifMatch)])
        }
    }
}
