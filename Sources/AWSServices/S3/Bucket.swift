public import AWSCore

extension S3 {
    /// Makes a bucket in the region it is sent to. Refused with BucketAlreadyOwnedByYou (in us-east-1: accepted) or
    /// BucketAlreadyExists (somebody else's: names are the whole partition's)
    /// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html).
    public struct CreateBucket: Operation {
        public struct Configuration: Encodable, Sendable {
            public struct Tags: Encodable, Sendable {
                public var tag: [Tag]
            }

            /// us-east-1 is where a bucket without one goes, and refused as one.
            public var locationConstraint: String?
            public var tags: Tags
        }

        public var bucket: String
        public var createBucketConfiguration: Configuration
        public var owner: String? { nil }

        enum CodingKeys: CodingKey { case createBucketConfiguration }

        public init(bucket: String, region: String, tags: [Tag]) {
            self.bucket = bucket
            createBucketConfiguration = Configuration(
                locationConstraint: region == "us-east-1" ? nil : region, tags: Configuration.Tags(tag: tags))
        }

        public typealias Output = AWSEmpty

        public var rest: AWSRESTRequest {
            AWSRESTRequest(
                method: "PUT", s3: S3Address(bucket: bucket), xmlRoot: ("CreateBucketConfiguration", S3.namespace))
        }
    }

    /// Deletes an empty bucket; otherwise BucketNotEmpty
    /// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html).
    public struct DeleteBucket: Operation {
        public var bucket: String
        public var owner: String?

        public init(bucket: String, owner: String?) {
            self.bucket = bucket
            self.owner = owner
        }

        public typealias Output = AWSEmpty

        public var rest: AWSRESTRequest { request("DELETE") }
    }

    public struct Tagging: Codable, Sendable {
        public struct TagSet: Codable, Sendable {
            public var tag: [Tag]
        }

        public var tagSet: TagSet?

        public init(_ tags: [Tag]) { tagSet = TagSet(tag: tags) }

        public var all: [Tag] { tagSet?.tag ?? [] }
    }

    /// Without tags: NoSuchTagSet
    /// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketTagging.html).
    public struct GetBucketTagging: Operation {
        public var bucket: String
        public var owner: String?

        public init(bucket: String, owner: String?) {
            self.bucket = bucket
            self.owner = owner
        }

        public typealias Output = Tagging

        public var rest: AWSRESTRequest { request("GET", "tagging") }
    }

    /// Replaces all tags (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html).
    public struct PutBucketTagging: Operation {
        public var bucket: String
        public var owner: String?
        public var tagging: Tagging

        public init(bucket: String, owner: String?, tagging: Tagging) {
            self.bucket = bucket
            self.owner = owner
            self.tagging = tagging
        }

        public typealias Output = AWSEmpty

        public var rest: AWSRESTRequest { request("PUT", "tagging", xmlRoot: "Tagging") }
    }
}
