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

    /// The first versions of objects and the first delete markers, in the order of their keys' UTF-8, the newest of a key
    /// first. An object of a bucket that never had versions has one, "null"
    /// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html).
    public struct ListObjectVersions: Operation {
        public var bucket: String
        public var owner: String?
        /// The most versions and markers together, 1 to 1,000.
        public var maxKeys: Int

        public init(bucket: String, owner: String? = nil, maxKeys: Int = 1000) {
            self.bucket = bucket
            self.owner = owner
            self.maxKeys = maxKeys
        }

        public struct Output: Decodable, Sendable {
            public var version: [ObjectVersion]
            public var deleteMarker: [ObjectVersion]
        }

        public var rest: AWSRESTRequest {
            AWSRESTRequest(
                method: "GET", s3: S3Address(bucket: bucket), query: [("versions", ""), ("max-keys", String(maxKeys))],
                headers: ownerHeader)
        }
    }

    /// What is deleted for good: a key alone leaves the older versions of a bucket that has any, and a delete marker.
    public struct ObjectVersion: Codable, Sendable {
        public var key: String
        public var versionId: String

        public init(key: String, versionId: String) {
            self.key = key
            self.versionId = versionId
        }
    }

    /// Deletes up to 1,000 versions of objects; one that is not there counts as deleted
    /// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html).
    public struct DeleteObjects: Operation {
        public static let maximumKeys = 1000

        public struct Delete: Encodable, Sendable {
            public var object: [ObjectVersion]
            /// The answer names only what was not deleted.
            public var quiet = true
        }

        public var bucket: String
        public var owner: String?
        public var delete: Delete

        public init(bucket: String, owner: String? = nil, versions: [ObjectVersion]) {
            self.bucket = bucket
            self.owner = owner
            delete = Delete(object: versions)
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
