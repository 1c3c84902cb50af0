import AWSCore

/// Elastic Load Balancing v2: application load balancers
/// (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/).
public enum ELBv2 {
    static let service = AWSService(
        name: "elbv2", endpointPrefix: "elasticloadbalancing", signingName: "elasticloadbalancing",
        wire: .query(version: "2015-12-01"))

    public struct Tag: Codable, Sendable, Hashable {
        public var key: String
        public var value: String

        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    /// An attribute of a load balancer or a target group: "idle_timeout.timeout_seconds", "60".
    public struct Attribute: Codable, Sendable, Hashable {
        public var key: String
        public var value: String

        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }
}
