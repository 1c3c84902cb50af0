extension EC2 {
    public struct Tag: Codable, Sendable, Hashable {
        public var key: String
        public var value: String

        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    /// Tags sent with a creating call.
    public struct TagSpecification: Encodable, Sendable {
        /// "vpc", "subnet", "natgateway" ...
        public var resourceType: String
        public var tags: [Tag]

        public init(_ resourceType: String, _ tags: [String: String]) {
            self.resourceType = resourceType
            self.tags = tags.sorted { $0.key < $1.key }.map { Tag(key: $0.key, value: $0.value) }
        }
    }

    /// An answer's element that carries tags.
    public protocol Tagged: Sendable {
        var identifier: String { get }
        var tagSet: [Tag] { get }
    }
}

extension EC2.Tagged {
    public var tags: [String: String] {
        Dictionary(tagSet.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    }
}
