public import AWSCore

extension S3 {
    /// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html)
    public struct PublicAccessBlockConfiguration: Codable, Sendable, Equatable {
        public var blockPublicAcls: Bool
        public var ignorePublicAcls: Bool
        public var blockPublicPolicy: Bool
        public var restrictPublicBuckets: Bool

        public init(all: Bool) {
            blockPublicAcls = all
            ignorePublicAcls = all
            blockPublicPolicy = all
            restrictPublicBuckets = all
        }
    }

    /// Without any: NoSuchPublicAccessBlockConfiguration
    /// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html).
    public struct GetPublicAccessBlock: Operation {
        public var bucket: String
        public var owner: String?

        public init(bucket: String, owner: String?) {
            self.bucket = bucket
            self.owner = owner
        }

        public typealias Output = PublicAccessBlockConfiguration

        public var rest: AWSRESTRequest { request("GET", "publicAccessBlock") }
    }

    /// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html)
    public struct PutPublicAccessBlock: Operation {
        public var bucket: String
        public var owner: String?
        public var publicAccessBlockConfiguration: PublicAccessBlockConfiguration

        public init(bucket: String, owner: String?, configuration: PublicAccessBlockConfiguration) {
            self.bucket = bucket
            self.owner = owner
            publicAccessBlockConfiguration = configuration
        }

        public typealias Output = AWSEmpty

        public var rest: AWSRESTRequest {
            request("PUT", "publicAccessBlock", xmlRoot: "PublicAccessBlockConfiguration")
        }
    }

    /// Without a policy: NoSuchBucketPolicy
    /// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html).
    public struct GetBucketPolicy: Operation {
        public var bucket: String
        public var owner: String?

        public init(bucket: String, owner: String?) {
            self.bucket = bucket
            self.owner = owner
        }

        public struct Output: AWSBodyOutput {
            /// A JSON document.
            public var policy: String

            public init(body: [UInt8]) { policy = String(decoding: body, as: UTF8.self) }
        }

        public var rest: AWSRESTRequest { request("GET", "policy") }
    }

    /// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html)
    public struct PutBucketPolicy: Operation {
        public var bucket: String
        public var owner: String?
        /// A JSON document.
        public var policy: String

        public init(bucket: String, owner: String?, policy: String) {
            self.bucket = bucket
            self.owner = owner
            self.policy = policy
        }

        public typealias Output = AWSEmpty

        public var rest: AWSRESTRequest { request("PUT", "policy", body: Array(policy.utf8)) }
    }
}
