public import AWSCore

/// Amazon CloudFront (https://docs.aws.amazon.com/cloudfront/latest/APIReference/). A global service.
public enum CloudFront {
    public static let service = AWSService(
        name: "cloudfront", wire: .restXML, globalRegion: "us-east-1",
        wireNames: [
            "httpPort": "HTTPPort", "httpsPort": "HTTPSPort", "cname": "CNAME", "webACLId": "WebACLId",
            "acmCertificateArn": "ACMCertificateArn", "iamCertificateId": "IAMCertificateId",
            "sslSupportMethod": "SSLSupportMethod", "isIPv6Enabled": "IsIPV6Enabled",
        ])

    static let namespace = "http://cloudfront.amazonaws.com/doc/2020-05-31/"

    /// A call of CloudFront.
    public protocol Operation: AWSOperation {}

    /// A listing; its pages hold 100 elements.
    public protocol Listing: Operation, AWSPaginated where Output: Page {
        var marker: String? { get set }
    }

    /// One page of a listing.
    public protocol Page: Decodable, Sendable {
        var nextMarker: String? { get }
    }

    /// "/2020-05-31/cache-policy/658327ea" of "cache-policy", "658327ea".
    static func path(_ segments: String...) -> String {
        "/2020-05-31/" + segments.joined(separator: "/")
    }
}

extension CloudFront.Operation {
    public static var service: AWSService { CloudFront.service }
}

extension CloudFront.Listing {
    public static var inputToken: WritableKeyPath<Self, String?> { \.marker }
    public static func outputToken(_ output: Output) -> String? { output.nextMarker }

    /// The query of a listing's page.
    var page: [(name: String, value: String)] { marker.map { [("Marker", $0)] } ?? [] }
}

extension CloudFront {
    /// Names of headers, cookies or query strings.
    public struct Names: Codable, Sendable {
        public struct Items: Codable, Sendable {
            public var name: [String]
        }

        public var quantity: Int
        public var items: Items?

        public init(_ names: [String]) {
            quantity = names.count
            items = names.isEmpty ? nil : Items(name: names)
        }

        public var all: [String] { items?.name ?? [] }
    }

    /// An element that says how many of something there are, where there are none.
    public struct NoItems: Codable, Sendable {
        public var quantity = 0

        public init() {}
    }
}
