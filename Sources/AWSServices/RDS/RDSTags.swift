public import AWSCore

extension RDS {
    /// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ListTagsForResource.html)
    public struct ListTagsForResource: AWSOperation {
        public static var service: AWSService { RDS.service }

        /// An ARN.
        public var resourceName: String

        public init(resourceName: String) { self.resourceName = resourceName }

        public struct Output: Decodable, Sendable {
            public var tagList: [Tag]
        }
    }

    /// Adds tags, or gives those there are a new value.
    /// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_AddTagsToResource.html)
    public struct AddTagsToResource: AWSOperation {
        public static var service: AWSService { RDS.service }
        public typealias Output = AWSEmpty

        public var resourceName: String
        public var tags: [Tag]

        public init(resourceName: String, tags: [Tag]) {
            self.resourceName = resourceName
            self.tags = tags
        }
    }

    /// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RemoveTagsFromResource.html)
    public struct RemoveTagsFromResource: AWSOperation {
        public static var service: AWSService { RDS.service }
        public typealias Output = AWSEmpty

        public var resourceName: String
        public var tagKeys: [String]

        public init(resourceName: String, tagKeys: [String]) {
            self.resourceName = resourceName
            self.tagKeys = tagKeys
        }
    }
}
