extension CloudFront {
    /// A distribution's settings (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html).
    ///
    /// An update replaces all of them, so members that we do not manage are here too: they are sent back as they were.
    public struct DistributionConfig: Codable, Sendable {
        public var callerReference: String
        public var aliases: Aliases
        public var defaultRootObject: String
        public var origins: Origins
        public var originGroups: OriginGroups
        public var defaultCacheBehavior: CacheBehavior
        public var cacheBehaviors: CacheBehaviors
        public var customErrorResponses: CustomErrorResponses
        public var comment: String
        public var logging: Logging
        /// "PriceClass_100", "PriceClass_200", "PriceClass_All"
        public var priceClass: String
        public var enabled: Bool
        public var viewerCertificate: ViewerCertificate
        public var restrictions: Restrictions
        public var webACLId: String
        /// "http1.1", "http2", "http3", "http2and3"
        public var httpVersion: String
        public var isIPv6Enabled: Bool
        public var continuousDeploymentPolicyId: String?
        public var staging: Bool?
        public var anycastIpListId: String?

        public init(callerReference: String, comment: String, defaultCacheBehavior: CacheBehavior) {
            self.callerReference = callerReference
            aliases = Aliases([])
            defaultRootObject = ""
            origins = Origins([])
            originGroups = OriginGroups([])
            self.defaultCacheBehavior = defaultCacheBehavior
            cacheBehaviors = CacheBehaviors([])
            customErrorResponses = CustomErrorResponses()
            self.comment = comment
            logging = Logging()
            priceClass = "PriceClass_All"
            enabled = true
            viewerCertificate = ViewerCertificate(minimumProtocolVersion: "TLSv1.2_2021")
            restrictions = Restrictions()
            webACLId = ""
            httpVersion = "http2"
            isIPv6Enabled = true
        }
    }

    /// Alternate domain names.
    public struct Aliases: Codable, Sendable {
        public struct Items: Codable, Sendable {
            public var cname: [String]
        }

        public var quantity: Int
        public var items: Items?

        public init(_ names: [String]) {
            quantity = names.count
            items = names.isEmpty ? nil : Items(cname: names)
        }

        public var all: [String] { items?.cname ?? [] }
    }

    public struct CustomErrorResponses: Codable, Sendable {
        public struct Items: Codable, Sendable {
            public var customErrorResponse: [CustomErrorResponse]
        }

        public struct CustomErrorResponse: Codable, Sendable {
            public var errorCode: Int
            public var responsePagePath: String?
            public var responseCode: String?
            public var errorCachingMinTTL: Int?
        }

        public var quantity = 0
        public var items: Items?

        public init() {}
    }

    public struct Logging: Codable, Sendable {
        public var enabled: Bool?
        public var includeCookies: Bool?
        public var bucket: String?
        public var prefix: String?

        public init() {
            enabled = false
            includeCookies = false
            bucket = ""
            prefix = ""
        }
    }

    public struct ViewerCertificate: Codable, Sendable {
        public var cloudFrontDefaultCertificate: Bool?
        public var iamCertificateId: String?
        public var acmCertificateArn: String?
        /// "sni-only", "vip", "static-ip"
        public var sslSupportMethod: String?
        /// "TLSv1.2_2021"; CloudFront's own certificate always says "TLSv1".
        public var minimumProtocolVersion: String?

        /// CloudFront's own certificate, with which it sets the version by itself, whatever is sent.
        public init(minimumProtocolVersion: String) {
            cloudFrontDefaultCertificate = true
            self.minimumProtocolVersion = minimumProtocolVersion
        }

        /// - Parameter arn: a certificate in us-east-1.
        public init(acmCertificateArn arn: String, minimumProtocolVersion: String) {
            cloudFrontDefaultCertificate = false
            acmCertificateArn = arn
            sslSupportMethod = "sni-only"
            self.minimumProtocolVersion = minimumProtocolVersion
        }
    }

    public struct Restrictions: Codable, Sendable {
        public struct GeoRestriction: Codable, Sendable {
            public struct Items: Codable, Sendable {
                public var location: [String]
            }

            /// "none", "blacklist", "whitelist"
            public var restrictionType: String
            public var quantity: Int
            public var items: Items?
        }

        public var geoRestriction: GeoRestriction

        public init() { geoRestriction = GeoRestriction(restrictionType: "none", quantity: 0) }
    }
}
