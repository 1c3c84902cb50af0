/// What it takes to address one AWS service.
public struct AWSService: Sendable, Hashable {
    /// The wire protocols (https://smithy.io/2.0/aws/protocols/index.html).
    public enum WireProtocol: Sendable, Hashable {
        /// AWS JSON; `version` is "1.0" or "1.1", `targetPrefix` stands before the action in X-Amz-Target.
        case json(version: String, targetPrefix: String)
        /// AWS Query; `version` is the API version.
        case query(version: String)
        case ec2Query(version: String)
        case restXML
        case restJSON
    }

    /// How a Swift member's name becomes the wire's.
    public enum MemberNames: Sendable, Hashable {
        /// First letter upper case: `queueUrl` -> `QueueUrl`.
        case pascal
        /// As in Swift: `clusterName`.
        case camel
    }

    /// As in `AWS_ENDPOINT_URL_<SERVICE>` and `aws <service>`: "ec2", "application-autoscaling", "secretsmanager".
    /// (https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html)
    public var name: String
    /// The host's first label, "ec2" in ec2.ap-northeast-1.amazonaws.com.
    public var endpointPrefix: String
    /// The service of the SigV4 scope.
    public var signingName: String
    public var wire: WireProtocol
    public var memberNames: MemberNames
    /// For global services: the one region that signs, "us-east-1". They have one endpoint without a region in it.
    public var globalRegion: String?
    /// Wire names that `memberNames` does not give, for every input of this service at every depth: property name to
    /// wire name (`AWSOperation` has the rules): RDS's `["dbClusterIdentifier": "DBClusterIdentifier", "tags":
    /// "Tags.Tag"]`.
    public var wireNames: [String: String]

    public init(
        name: String, endpointPrefix: String? = nil, signingName: String? = nil, wire: WireProtocol,
        memberNames: MemberNames = .pascal, globalRegion: String? = nil, wireNames: [String: String] = [:]
    ) {
        self.name = name
        self.endpointPrefix = endpointPrefix ?? name
        self.signingName = signingName ?? name
        self.wire = wire
        self.memberNames = memberNames
        self.globalRegion = globalRegion
        self.wireNames = wireNames
    }
}
