public import AWSCore

extension ELBv2 {
    public struct Listener: Decodable, Sendable {
        public var listenerArn: String
        public var port: Int?
        public var `protocol`: String?
        public var sslPolicy: String?
        public var certificates: [Certificate]
        public var defaultActions: [Action]
    }

    public struct Certificate: Codable, Sendable, Hashable {
        public var certificateArn: String?

        public init(certificateArn: String?) {
            self.certificateArn = certificateArn
        }
    }

    /// Makes a listener
    /// (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html).
    public struct CreateListener: AWSOperation {
        public static var service: AWSService { ELBv2.service }
        public var loadBalancerArn: String
        public var port: Int
        public var `protocol`: String
        public var sslPolicy: String?
        public var certificates: [Certificate]?
        public var defaultActions: [Action]
        public var tags: [Tag]

        public init(
            loadBalancerArn: String, port: Int, protocol: String, sslPolicy: String?, certificates: [Certificate]?,
            defaultActions: [Action], tags: [Tag]
        ) {
            self.loadBalancerArn = loadBalancerArn
            self.port = port
            self.protocol = `protocol`
            self.sslPolicy = sslPolicy
            self.certificates = certificates
            self.defaultActions = defaultActions
            self.tags = tags
        }

        public struct Output: Decodable, Sendable {
            public var listeners: [Listener]
        }
    }

    /// Lists a load balancer's listeners
    /// (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeListeners.html).
    public struct DescribeListeners: AWSPaginated {
        public static var service: AWSService { ELBv2.service }
        public var loadBalancerArn: String
        public var marker: String?

        public init(loadBalancerArn: String) {
            self.loadBalancerArn = loadBalancerArn
        }

        public struct Output: Decodable, Sendable {
            public var listeners: [Listener]
            public var nextMarker: String?
        }

        public static var inputToken: WritableKeyPath<Self, String?> { \.marker }
        public static func outputToken(_ output: Output) -> String? { output.nextMarker }
    }

    /// Replaces what is given
    /// (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyListener.html).
    public struct ModifyListener: AWSOperation {
        public static var service: AWSService { ELBv2.service }
        public var listenerArn: String
        public var `protocol`: String
        public var sslPolicy: String?
        public var certificates: [Certificate]?
        public var defaultActions: [Action]

        public init(
            listenerArn: String, protocol: String, sslPolicy: String?, certificates: [Certificate]?,
            defaultActions: [Action]
        ) {
            self.listenerArn = listenerArn
            self.protocol = `protocol`
            self.sslPolicy = sslPolicy
            self.certificates = certificates
            self.defaultActions = defaultActions
        }

        public typealias Output = AWSEmpty
    }

    /// Deletes a listener with its rules
    /// (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteListener.html).
    public struct DeleteListener: AWSOperation {
        public static var service: AWSService { ELBv2.service }
        public var listenerArn: String

        public init(listenerArn: String) {
            self.listenerArn = listenerArn
        }

        public typealias Output = AWSEmpty
    }
}
