public import AWSCore

extension S3 {
    /// Writes an object whole, in one request of at most 5 GiB
    /// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html).
    public struct PutObject: Operation {
        public var bucket: String
        public var key: String
        public var owner: String?
        public var body: [UInt8]
        public var contentType: String
        /// Writes only where no object is: otherwise the call is refused, and `AWSError.isObjectTaken`.
        public var ifNoneMatch: Bool

        /// The body is no member: it goes as it is.
        enum CodingKeys: CodingKey {}

        public init(
            bucket: String, key: String, owner: String? = nil, body: [UInt8],
            contentType: String = "application/octet-stream", ifNoneMatch: Bool = false
        ) {
            self.bucket = bucket
            self.key = key
            self.owner = owner
            self.body = body
            self.contentType = contentType
            self.ifNoneMatch = ifNoneMatch
        }

        public struct Output: Decodable, Sendable {
            public var eTag: String?
        }

        public var rest: AWSRESTRequest {
            AWSRESTRequest(
                method: "PUT", s3: S3Address(bucket: bucket, key: key),
                headers: ownerHeader + [("Content-Type", contentType)] + (ifNoneMatch ? [("If-None-Match", "*")] : []),
                body: body, sendsChecksum: true, outputHeaders: ["ETag": "eTag"])
        }
    }

    /// Reads an object whole. Without s3:ListBucket a missing one is refused with AccessDenied
    /// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, Permissions).
    public struct GetObject: Operation {
        public var bucket: String
        public var key: String
        public var owner: String?

        public init(bucket: String, key: String, owner: String? = nil) {
            self.bucket = bucket
            self.key = key
            self.owner = owner
        }

        public struct Output: AWSBodyOutput {
            public var body: [UInt8]

            public init(body: [UInt8]) { self.body = body }
        }

        public var rest: AWSRESTRequest {
            AWSRESTRequest(method: "GET", s3: S3Address(bucket: bucket, key: key), headers: ownerHeader)
        }
    }

    /// Lists keys in the order of their UTF-8
    /// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html).
    public struct ListObjectsV2: Operation, AWSPaginated {
        public static var inputToken: WritableKeyPath<Self, String?> { \.continuationToken }
        public static func outputToken(_ output: Output) -> String? { output.nextContinuationToken }

        public var bucket: String
        public var owner: String?
        public var prefix: String
        /// Keys a page, 1 to 1,000.
        public var maxKeys: Int
        public var continuationToken: String?

        public init(bucket: String, owner: String? = nil, prefix: String = "", maxKeys: Int = 1000) {
            self.bucket = bucket
            self.owner = owner
            self.prefix = prefix
            self.maxKeys = maxKeys
        }

        public struct Output: Decodable, Sendable {
            public struct Object: Decodable, Sendable {
                public var key: String
                /// Bytes.
                public var size: Int
            }

            public var contents: [Object]
            public var nextContinuationToken: String?
        }

        public var rest: AWSRESTRequest {
            var query = [("list-type", "2"), ("max-keys", String(maxKeys)), ("prefix", prefix)]
            if let continuationToken { query.append(("continuation-token", continuationToken)) }
            return AWSRESTRequest(
                method: "GET", s3: S3Address(bucket: bucket), query: query, headers: ownerHeader)
        }
    }

    /// Deletes up to 1,000 objects; one that is not there counts as deleted
    /// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html).
    public struct DeleteObjects: Operation {
        public static let maximumKeys = 1000

        public struct Delete: Encodable, Sendable {
            public struct Object: Encodable, Sendable {
                public var key: String
            }

            public var object: [Object]
            /// The answer names only what was not deleted.
            public var quiet = true
        }

        public var bucket: String
        public var owner: String?
        public var delete: Delete

        public init(bucket: String, owner: String? = nil, keys: [String]) {
            self.bucket = bucket
            self.owner = owner
            delete = Delete(object: keys.map(Delete.Object.init))
        }

        public struct Output: Decodable, Sendable {
            public struct Refusal: Decodable, Sendable {
                public var key: String
                public var code: String
                public var message: String?
            }

            /// What was not deleted; the call succeeds all the same.
            public var error: [Refusal]
        }

        public var rest: AWSRESTRequest { request("POST", "delete", xmlRoot: "Delete") }
    }
}

extension AWSClient {
    /// The object's bytes; `nil`: there is none.
    /// - Throws: as `send`; a bucket that is not there is an error (NoSuchBucket).
    public func object(_ operation: S3.GetObject, region: String) async throws -> [UInt8]? {
        do {
            return try await send(operation, region: region).body
        } catch let error as AWSError where error.service == S3.service.name && error.code == "NoSuchKey" {
            return nil
        }
    }
}

extension AWSError {
    /// A `PutObject` with `ifNoneMatch` found an object; `followsLostAnswer` says whether it may be its own.
    public var isObjectTaken: Bool { service == S3.service.name && code == "PreconditionFailed" }
}
