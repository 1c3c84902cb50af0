extension ELBv2 {
    /// What a listener or a rule does with a request
    /// (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Action.html).
    public struct Action: Codable, Sendable, Hashable {
        /// "forward", "redirect", "fixed-response".
        public var type: String
        public var targetGroupArn: String?
        public var redirectConfig: Redirect?
        public var fixedResponseConfig: FixedResponse?

        public init(
            type: String, targetGroupArn: String? = nil, redirectConfig: Redirect? = nil,
            fixedResponseConfig: FixedResponse? = nil
        ) {
            self.type = type
            self.targetGroupArn = targetGroupArn
            self.redirectConfig = redirectConfig
            self.fixedResponseConfig = fixedResponseConfig
        }

        public struct Redirect: Codable, Sendable, Hashable {
            public var `protocol`: String?
            public var port: String?
            /// "HTTP_301" or "HTTP_302".
            public var statusCode: String

            public init(protocol: String?, port: String?, statusCode: String) {
                self.protocol = `protocol`
                self.port = port
                self.statusCode = statusCode
            }
        }

        public struct FixedResponse: Codable, Sendable, Hashable {
            public var contentType: String?
            public var messageBody: String?
            public var statusCode: String

            public init(contentType: String?, messageBody: String?, statusCode: String) {
                self.contentType = contentType
                self.messageBody = messageBody
                self.statusCode = statusCode
            }
        }
    }
}
