extension CloudFront {
    public struct Origins: Codable, Sendable {
        public struct Items: Codable, Sendable {
            public var origin: [Origin]
        }

        public var quantity: Int
        public var items: Items?

        public init(_ origins: [Origin]) {
            quantity = origins.count
            items = origins.isEmpty ? nil : Items(origin: origins)
        }

        public var all: [Origin] { items?.origin ?? [] }
    }

    /// Where CloudFront fetches from: here always a host of our own.
    public struct Origin: Codable, Sendable {
        public struct CustomHeaders: Codable, Sendable {
            public struct Items: Codable, Sendable {
                public var originCustomHeader: [CustomHeader]
            }

            public struct CustomHeader: Codable, Sendable {
                public var headerName: String
                public var headerValue: String
            }

            public var quantity = 0
            public var items: Items?

            public init() {}
        }

        public struct CustomOriginConfig: Codable, Sendable {
            public struct SslProtocols: Codable, Sendable {
                public struct Items: Codable, Sendable {
                    public var sslProtocol: [String]
                }

                public var quantity: Int
                public var items: Items

                public init(_ protocols: [String]) {
                    quantity = protocols.count
                    items = Items(sslProtocol: protocols)
                }
            }

            public var httpPort = 80
            public var httpsPort = 443
            /// "http-only", "match-viewer", "https-only"
            public var originProtocolPolicy: String
            public var originSslProtocols: SslProtocols?
            /// Seconds to wait for the origin's first byte, 1-60.
            public var originReadTimeout: Int?
            /// Seconds an idle connection is kept, 1-60.
            public var originKeepaliveTimeout: Int?

            public init(originProtocolPolicy: String, originReadTimeout: Int, originKeepaliveTimeout: Int) {
                self.originProtocolPolicy = originProtocolPolicy
                originSslProtocols = SslProtocols(["TLSv1.2"])
                self.originReadTimeout = originReadTimeout
                self.originKeepaliveTimeout = originKeepaliveTimeout
            }
        }

        public struct OriginShield: Codable, Sendable {
            public var enabled: Bool
            public var originShieldRegion: String?
        }

        public var id: String
        public var domainName: String
        public var originPath: String
        public var customHeaders: CustomHeaders
        public var customOriginConfig: CustomOriginConfig?
        /// 1-3
        public var connectionAttempts: Int?
        /// Seconds, 1-10.
        public var connectionTimeout: Int?
        public var originShield: OriginShield?
        public var originAccessControlId: String

        public init(
            id: String, domainName: String, customOriginConfig: CustomOriginConfig, connectionAttempts: Int,
            connectionTimeout: Int
        ) {
            self.id = id
            self.domainName = domainName
            originPath = ""
            customHeaders = CustomHeaders()
            self.customOriginConfig = customOriginConfig
            self.connectionAttempts = connectionAttempts
            self.connectionTimeout = connectionTimeout
            originShield = OriginShield(enabled: false)
            originAccessControlId = ""
        }
    }

    public struct OriginGroups: Codable, Sendable {
        public struct Items: Codable, Sendable {
            public var originGroup: [OriginGroup]
        }

        public var quantity: Int
        public var items: Items?

        public init(_ groups: [OriginGroup]) {
            quantity = groups.count
            items = groups.isEmpty ? nil : Items(originGroup: groups)
        }

        public var all: [OriginGroup] { items?.originGroup ?? [] }
    }

    /// Two origins: the second is asked when the first answers with one of the statuses or not at all.
    public struct OriginGroup: Codable, Sendable {
        public struct FailoverCriteria: Codable, Sendable {
            public struct StatusCodes: Codable, Sendable {
                public struct Items: Codable, Sendable {
                    public var statusCode: [Int]
                }

                public var quantity: Int
                public var items: Items
            }

            public var statusCodes: StatusCodes
        }

        public struct Members: Codable, Sendable {
            public struct Items: Codable, Sendable {
                public var originGroupMember: [Member]
            }

            public struct Member: Codable, Sendable {
                public var originId: String
            }

            public var quantity: Int
            public var items: Items
        }

        public var id: String
        public var failoverCriteria: FailoverCriteria
        public var members: Members

        public init(id: String, statusCodes: [Int], members: [String]) {
            self.id = id
            failoverCriteria = FailoverCriteria(
                statusCodes: .init(quantity: statusCodes.count, items: .init(statusCode: statusCodes)))
            self.members = Members(
                quantity: members.count, items: .init(originGroupMember: members.map { .init(originId: $0) }))
        }
    }
}
