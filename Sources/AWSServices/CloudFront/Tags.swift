public import AWSCore

extension CloudFront {
    public struct Tags: Codable, Sendable {
        public struct Items: Codable, Sendable {
            public var tag: [Tag]
        }

        public struct Tag: Codable, Sendable {
            public var key: String
            public var value: String?
        }

        public var items: Items?

        public init(_ tags: [String: String]) {
            items = Items(tag: tags.sorted { $0.key < $1.key }.map { Tag(key: $0.key, value: $0.value) })
        }

        public var all: [String: String] {
            Dictionary((items?.tag ?? []).map { ($0.key, $0.value ?? "") }, uniquingKeysWith: { first, _ in first })
        }
    }

    /// Reads a distribution's tags
    /// (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ListTagsForResource.html).
    public struct ListTagsForResource: Operation {
        public typealias Output = Tags

        /// An ARN.
        public var resource: String

        public init(resource: String) { self.resource = resource }

        public var rest: AWSRESTRequest {
            AWSRESTRequest(method: "GET", path: path("tagging"), query: [("Resource", resource)])
        }
    }
}
