import AWSCore

extension EC2 {
    public struct ManagedPrefixList: Decodable, Sendable {
        public var prefixListId: String
        public var prefixListName: String
    }

    /// Lists prefix lists, AWS's own included
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeManagedPrefixLists.html).
    public struct DescribeManagedPrefixLists: Listing {
        public struct Output: Page {
            public var prefixListSet: [ManagedPrefixList]
            public var nextToken: String?
        }

        public var filters: [Filter]
        public var nextToken: String?

        public init(filters: [Filter]) { self.filters = filters }
    }
}
