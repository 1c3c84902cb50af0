/// A bucket of S3, or an object in it.
public struct S3Address: Sendable, Hashable {
    public var bucket: String
    /// As it is, not encoded: "runs/2026/plan.json"; `nil`: the bucket itself.
    public var key: String?

    /// `key`: UTF-8, up to 1,024 bytes; `nil`: the bucket itself. Neither is checked before the call.
    public init(bucket: String, key: String? = nil) {
        self.bucket = bucket
        self.key = key
    }

    /// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html)
    static let maximumKeyBytes = 1024

    /// Lower-case letters, digits, hyphens: these become a part of a host name. Dots are allowed by S3 but not by its
    /// certificates (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html).
    var hasValidBucket: Bool {
        let hyphen = UInt8(ascii: "-")
        return (3...63).contains(bucket.utf8.count) && bucket.utf8.first != hyphen && bucket.utf8.last != hyphen
            && bucket.utf8.allSatisfy { byte in
                byte == hyphen || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            }
    }

    var hasValidKey: Bool { key.map { (1...Self.maximumKeyBytes).contains($0.utf8.count) } ?? true }

    /// What `endpoint` is with this in its URL: in the host at AWS, in the path elsewhere
    /// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html).
    func endpoint(at endpoint: AWSEndpoint) -> AWSEndpoint {
        let encodedKey = key.map { $0.percentEncoded(keeping: "/") }
        var addressed = endpoint
        if endpoint.isConfigured {
            addressed.url += "/" + bucket + (encodedKey.map { "/" + $0 } ?? "")
        } else {
            let host = endpoint.url.dropFirst("https://".count)
            addressed.url = "https://\(bucket).\(host)/\(encodedKey ?? "")"
        }
        return addressed
    }
}

extension EndpointResolver {
    /// The endpoint of a call; of an S3 call with the bucket and the key in it.
    /// - Throws: `AWSError` with code `InvalidRegion`, `InvalidEndpoint`, `InvalidBucketName` or `InvalidKey`.
    func endpoint(of service: AWSService, region: String, s3: S3Address?) throws -> AWSEndpoint {
        let endpoint = try endpoint(of: service, region: region)
        guard let s3 else { return endpoint }
        func failure(_ code: String, _ message: String) -> AWSError {
            AWSError(
                code: code, message: message, service: service.name, action: "endpoint", region: region, attempts: 0)
        }
        guard s3.hasValidBucket else {
            throw failure(
                "InvalidBucketName",
                "\(s3.bucket.debugDescription) is no bucket's name: use 3 to 63 of a-z, 0-9 and \"-\", no hyphen at the "
                    + "ends")
        }
        guard s3.hasValidKey else {
            throw failure(
                "InvalidKey", "a key has 1 to \(S3Address.maximumKeyBytes) bytes, not \(s3.key?.utf8.count ?? 0)")
        }
        return s3.endpoint(at: endpoint)
    }
}
