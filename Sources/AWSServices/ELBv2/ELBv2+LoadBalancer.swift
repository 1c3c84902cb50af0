public import AWSCore

extension ELBv2 {
    public struct LoadBalancer: Decodable, Sendable {
        public var loadBalancerArn: String
        public var loadBalancerName: String
        public var dnsName: String?
        public var scheme: String?
        public var state: State?
        public var availabilityZones: [AvailabilityZone]
        public var securityGroups: [String]

        public struct State: Decodable, Sendable {
            /// "provisioning", "active", "active_impaired", "failed".
            public var code: String?
            public var reason: String?
        }

        public struct AvailabilityZone: Decodable, Sendable {
            public var subnetId: String?
        }
    }

    /// Makes a load balancer; an equal one of the same name is returned whoever owns it
    /// (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html).
    public struct CreateLoadBalancer: AWSOperation {
        public static var service: AWSService { ELBv2.service }
        public var name: String
        public var subnets: [String]
        public var securityGroups: [String]
        public var scheme: String
        public var type: String
        public var ipAddressType: String
        public var tags: [Tag]

        public init(
            name: String, subnets: [String], securityGroups: [String], scheme: String, type: String,
            ipAddressType: String, tags: [Tag]
        ) {
            self.name = name
            self.subnets = subnets
            self.securityGroups = securityGroups
            self.scheme = scheme
            self.type = type
            self.ipAddressType = ipAddressType
            self.tags = tags
        }

        public struct Output: Decodable, Sendable {
            public var loadBalancers: [LoadBalancer]
        }
    }

    /// Lists load balancers
    /// (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeLoadBalancers.html).
    public struct DescribeLoadBalancers: AWSPaginated {
        public static var service: AWSService { ELBv2.service }
        /// At most 20, and then all of them in one page; one that does not exist is an error.
        public var names: [String]?
        public var marker: String?
        /// 1 to 400.
        public var pageSize: Int?

        public init(pageSize: Int? = nil) {
            self.pageSize = pageSize
        }

        public init(names: [String]) {
            self.names = names
        }

        public struct Output: Decodable, Sendable {
            public var loadBalancers: [LoadBalancer]
            public var nextMarker: String?
        }

        public static var inputToken: WritableKeyPath<Self, String?> { \.marker }
        public static func outputToken(_ output: Output) -> String? { output.nextMarker }
    }

    /// Deletes a load balancer with its listeners; one that is gone is success
    /// (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteLoadBalancer.html).
    public struct DeleteLoadBalancer: AWSOperation {
        public static var service: AWSService { ELBv2.service }
        public var loadBalancerArn: String

        public init(loadBalancerArn: String) {
            self.loadBalancerArn = loadBalancerArn
        }

        public typealias Output = AWSEmpty
    }

    /// Replaces the subnets
    /// (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSubnets.html).
    public struct SetSubnets: AWSOperation {
        public static var service: AWSService { ELBv2.service }
        public var loadBalancerArn: String
        public var subnets: [String]

        public init(loadBalancerArn: String, subnets: [String]) {
            self.loadBalancerArn = loadBalancerArn
            self.subnets = subnets
        }

        public typealias Output = AWSEmpty
    }

    /// Replaces the security groups
    /// (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSecurityGroups.html).
    public struct SetSecurityGroups: AWSOperation {
        public static var service: AWSService { ELBv2.service }
        public var loadBalancerArn: String
        public var securityGroups: [String]

        public init(loadBalancerArn: String, securityGroups: [String]) {
            self.loadBalancerArn = loadBalancerArn
            self.securityGroups = securityGroups
        }

        public typealias Output = AWSEmpty
    }

    /// Reads all attributes of a load balancer
    /// (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeLoadBalancerAttributes.html).
    public struct DescribeLoadBalancerAttributes: AWSOperation {
        public static var service: AWSService { ELBv2.service }
        public var loadBalancerArn: String

        public init(loadBalancerArn: String) {
            self.loadBalancerArn = loadBalancerArn
        }

        public struct Output: Decodable, Sendable {
            public var attributes: [Attribute]
        }
    }

    /// Sets the named attributes and leaves the others
    /// (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyLoadBalancerAttributes.html).
    public struct ModifyLoadBalancerAttributes: AWSOperation {
        public static var service: AWSService { ELBv2.service }
        public var loadBalancerArn: String
        public var attributes: [Attribute]

        public init(loadBalancerArn: String, attributes: [Attribute]) {
            self.loadBalancerArn = loadBalancerArn
            self.attributes = attributes
        }

        public typealias Output = AWSEmpty
    }
}
