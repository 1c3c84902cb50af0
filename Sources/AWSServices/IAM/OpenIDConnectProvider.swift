public import AWSCore

extension IAM {
    /// (https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html)
    public struct CreateOpenIDConnectProvider: AWSOperation {
        public static var service: AWSService { IAM.service }

        /// "https://token.actions.githubusercontent.com"
        public var url: String
        /// The audiences.
        public var clientIDList: [String]
        public var tags: [Tag]

        public init(url: String, clientIDList: [String], tags: [Tag]) {
            self.url = url
            self.clientIDList = clientIDList
            self.tags = tags
        }

        public struct Output: Decodable, Sendable {
            public var openIDConnectProviderArn: String
        }
    }

    /// (https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOpenIDConnectProvider.html)
    public struct GetOpenIDConnectProvider: AWSOperation {
        public static var service: AWSService { IAM.service }

        public var openIDConnectProviderArn: String

        public init(openIDConnectProviderArn: String) { self.openIDConnectProviderArn = openIDConnectProviderArn }

        public struct Output: Decodable, Sendable {
            public var clientIDList: [String]
            public var tags: [Tag]
        }
    }

    /// (https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddClientIDToOpenIDConnectProvider.html)
    public struct AddClientIDToOpenIDConnectProvider: AWSOperation {
        public static var service: AWSService { IAM.service }
        public typealias Output = AWSEmpty

        public var openIDConnectProviderArn: String
        public var clientID: String

        public init(openIDConnectProviderArn: String, clientID: String) {
            self.openIDConnectProviderArn = openIDConnectProviderArn
            self.clientID = clientID
        }
    }
}
