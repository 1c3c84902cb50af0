public import AWSCore

extension CloudFront {
    public struct ResponseHeadersPolicy: Decodable, Sendable {
        public var id: String
        public var responseHeadersPolicyConfig: ResponseHeadersPolicyConfig
        /// Of single reads and of answers to changes.
        public var eTag: String?
    }

    /// The headers that CloudFront adds to answers.
    public struct ResponseHeadersPolicyConfig: Codable, Sendable {
        public struct SecurityHeaders: Codable, Sendable {
            public var frameOptions: FrameOptions?
            public var contentTypeOptions: ContentTypeOptions?
            public var strictTransportSecurity: StrictTransportSecurity?

            public init(
                frameOptions: FrameOptions, contentTypeOptions: ContentTypeOptions,
                strictTransportSecurity: StrictTransportSecurity
            ) {
                self.frameOptions = frameOptions
                self.contentTypeOptions = contentTypeOptions
                self.strictTransportSecurity = strictTransportSecurity
            }
        }

        public struct FrameOptions: Codable, Sendable {
            public var override: Bool
            /// "DENY", "SAMEORIGIN"
            public var frameOption: String

            public init(override: Bool, frameOption: String) {
                self.override = override
                self.frameOption = frameOption
            }
        }

        /// X-Content-Type-Options: nosniff
        public struct ContentTypeOptions: Codable, Sendable {
            public var override: Bool

            public init(override: Bool) { self.override = override }
        }

        public struct StrictTransportSecurity: Codable, Sendable {
            public var override: Bool
            public var includeSubdomains: Bool?
            public var preload: Bool?
            /// max-age, seconds.
            public var accessControlMaxAgeSec: Int

            public init(override: Bool, includeSubdomains: Bool, preload: Bool, accessControlMaxAgeSec: Int) {
                self.override = override
                self.includeSubdomains = includeSubdomains
                self.preload = preload
                self.accessControlMaxAgeSec = accessControlMaxAgeSec
            }
        }

        /// 128 characters at most.
        public var comment: String?
        public var name: String
        public var securityHeadersConfig: SecurityHeaders?

        public init(comment: String, name: String, securityHeadersConfig: SecurityHeaders) {
            self.comment = comment
            self.name = name
            self.securityHeadersConfig = securityHeadersConfig
        }
    }

    /// Makes a response headers policy; its name is unique in the account
    /// (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateResponseHeadersPolicy.html).
    public struct CreateResponseHeadersPolicy: Operation {
        public typealias Output = ResponseHeadersPolicy

        public var responseHeadersPolicyConfig: ResponseHeadersPolicyConfig

        public init(responseHeadersPolicyConfig: ResponseHeadersPolicyConfig) {
            self.responseHeadersPolicyConfig = responseHeadersPolicyConfig
        }

        public var rest: AWSRESTRequest {
            AWSRESTRequest(
                method: "POST", path: path("response-headers-policy"),
                xmlRoot: ("ResponseHeadersPolicyConfig", namespace), outputHeaders: ["ETag": "eTag"])
        }
    }

    /// Reads a response headers policy
    /// (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_GetResponseHeadersPolicy.html).
    public struct GetResponseHeadersPolicy: Operation {
        public typealias Output = ResponseHeadersPolicy

        public var id: String

        public init(id: String) { self.id = id }

        public var rest: AWSRESTRequest {
            AWSRESTRequest(method: "GET", path: path("response-headers-policy", id), outputHeaders: ["ETag": "eTag"])
        }
    }

    /// Lists the account's own response headers policies
    /// (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ListResponseHeadersPolicies.html).
    public struct ListResponseHeadersPolicies: Listing {
        public struct Output: Page {
            public struct Items: Decodable, Sendable {
                public var responseHeadersPolicySummary: [Summary]
            }

            public struct Summary: Decodable, Sendable {
                public var responseHeadersPolicy: ResponseHeadersPolicy
            }

            public var nextMarker: String?
            public var items: Items?

            public var policies: [ResponseHeadersPolicy] {
                items?.responseHeadersPolicySummary.map(\.responseHeadersPolicy) ?? []
            }
        }

        public var marker: String?

        public init() {}

        public var rest: AWSRESTRequest {
            AWSRESTRequest(method: "GET", path: path("response-headers-policy"), query: [("Type", "custom")] + page)
        }
    }

    /// Replaces a response headers policy's settings
    /// (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_UpdateResponseHeadersPolicy.html).
    public struct UpdateResponseHeadersPolicy: Operation {
        public typealias Output = ResponseHeadersPolicy

        public var id: String
        /// The ETag of the settings that are to be replaced.
        public var ifMatch: String
        public var responseHeadersPolicyConfig: ResponseHeadersPolicyConfig

        public init(id: String, ifMatch: String, responseHeadersPolicyConfig: ResponseHeadersPolicyConfig) {
            self.id = id
            self.ifMatch = ifMatch
            self.responseHeadersPolicyConfig = responseHeadersPolicyConfig
        }

        public var rest: AWSRESTRequest {
            AWSRESTRequest(
                method: "PUT", path: path("response-headers-policy", id), headers: [("If-Match", ifMatch)],
                xmlRoot: ("ResponseHeadersPolicyConfig", namespace), outputHeaders: ["ETag": "eTag"])
        }
    }

    /// Deletes a response headers policy that no distribution uses
    /// (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DeleteResponseHeadersPolicy.html).
    public struct DeleteResponseHeadersPolicy: Operation {
        public typealias Output = AWSEmpty

        public var id: String
        public var ifMatch: String

        public init(id: String, ifMatch: String) {
            self.id = id
            self.ifMatch = ifMatch
        }

        public var rest: AWSRESTRequest {
            AWSRESTRequest(
                method: "DELETE", path: path("response-headers-policy", id), headers: [("If-Match", ifMatch)])
        }
    }
}
