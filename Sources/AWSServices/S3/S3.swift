public import AWSCore

/// Amazon S3, general purpose buckets (https://docs.aws.amazon.com/AmazonS3/latest/API/).
///
/// Every call takes the account that must own the bucket: a name is free for anybody once its bucket is gone, and
/// nothing is read from or written to a stranger's
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html). Another region's bucket is
/// refused with PermanentRedirect and the region it is in.
public enum S3 {
    public static let service = AWSService(name: "s3", wire: .restXML, wireNames: ["id": "ID"])

    static let namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

    /// A call about one bucket.
    public protocol Operation: AWSOperation {
        var bucket: String { get }
        /// 12 digits; `nil`: whoever owns it.
        var owner: String? { get }
    }

    public struct Tag: Codable, Sendable {
        public var key: String
        public var value: String

        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }
}

extension S3.Operation {
    public static var service: AWSService { S3.service }

    var ownerHeader: [(name: String, value: String)] { owner.map { [("x-amz-expected-bucket-owner", $0)] } ?? [] }

    /// A call about the bucket or one of its settings.
    func request(
        _ method: String, _ setting: String? = nil, xmlRoot: String? = nil, body: [UInt8]? = nil
    ) -> AWSRESTRequest {
        AWSRESTRequest(
            method: method, s3: S3Address(bucket: bucket), query: setting.map { [($0, "")] } ?? [],
            headers: ownerHeader, xmlRoot: xmlRoot.map { ($0, S3.namespace) }, body: body,
            // Every replacement of a setting and every deletion of many wants one.
            sendsChecksum: xmlRoot != nil || body != nil)
    }
}
