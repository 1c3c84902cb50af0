public import AWSCore

extension S3 {
    /// When objects and unfinished uploads go by themselves
    /// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html).
    public struct LifecycleConfiguration: Codable, Sendable {
        public var rule: [LifecycleRule]

        public init(rules: [LifecycleRule]) { rule = rules }
    }

    public struct LifecycleRule: Codable, Sendable, Equatable {
        public struct Filter: Codable, Sendable, Equatable {
            /// "": every object.
            public var prefix: String?
        }

        public struct Expiration: Codable, Sendable, Equatable {
            /// Since the object was written; rounded up to the next midnight UTC.
            public var days: Int?
        }

        public struct AbortIncompleteMultipartUpload: Codable, Sendable, Equatable {
            public var daysAfterInitiation: Int?
        }

        public var id: String?
        public var filter: Filter?
        /// "Enabled", "Disabled"
        public var status: String
        public var expiration: Expiration?
        public var abortIncompleteMultipartUpload: AbortIncompleteMultipartUpload?

        public init(id: String, prefix: String, expirationDays: Int? = nil, abortUploadsAfterDays: Int? = nil) {
            self.id = id
            filter = Filter(prefix: prefix)
            status = "Enabled"
            expiration = expirationDays.map { Expiration(days: $0) }
            abortIncompleteMultipartUpload = abortUploadsAfterDays.map {
                AbortIncompleteMultipartUpload(daysAfterInitiation: $0)
            }
        }
    }

    /// Without any rule: NoSuchLifecycleConfiguration
    /// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html).
    public struct GetBucketLifecycleConfiguration: Operation {
        public var bucket: String
        public var owner: String?

        public init(bucket: String, owner: String?) {
            self.bucket = bucket
            self.owner = owner
        }

        public typealias Output = LifecycleConfiguration

        public var rest: AWSRESTRequest { request("GET", "lifecycle") }
    }

    /// Replaces all rules
    /// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html).
    public struct PutBucketLifecycleConfiguration: Operation {
        public var bucket: String
        public var owner: String?
        public var lifecycleConfiguration: LifecycleConfiguration

        public init(bucket: String, owner: String?, configuration: LifecycleConfiguration) {
            self.bucket = bucket
            self.owner = owner
            lifecycleConfiguration = configuration
        }

        public typealias Output = AWSEmpty

        public var rest: AWSRESTRequest { request("PUT", "lifecycle", xmlRoot: "LifecycleConfiguration") }
    }
}
