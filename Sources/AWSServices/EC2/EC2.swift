public import AWSCore

/// Amazon EC2, the part of it that makes networks (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/).
public enum EC2 {
    public static let service = AWSService(
        name: "ec2", wire: .ec2Query(version: "2016-11-15"),
        wireNames: [
            "filters": "Filter", "values": "Value", "tagSpecifications": "TagSpecification", "tags": "Tag",
            "subnetIds": "SubnetId", "routeTableIds": "RouteTableId", "securityGroupIds": "SecurityGroupId",
            "vpcEndpointIds": "VpcEndpointId",
            "addRouteTableIds": "AddRouteTableId", "removeRouteTableIds": "RemoveRouteTableId",
            "addSubnetIds": "AddSubnetId", "removeSubnetIds": "RemoveSubnetId",
            "addSecurityGroupIds": "AddSecurityGroupId", "removeSecurityGroupIds": "RemoveSecurityGroupId",
        ])

    /// A call of EC2.
    public protocol Operation: AWSOperation {}

    /// A call of EC2 that answers in pages.
    public protocol Listing: Operation, AWSPaginated where Output: Page {
        var nextToken: String? { get set }
    }

    /// One page of a listing.
    public protocol Page: Decodable, Sendable {
        var nextToken: String? { get }
    }
}

extension EC2.Operation {
    public static var service: AWSService { EC2.service }
}

extension EC2.Listing {
    public static var inputToken: WritableKeyPath<Self, String?> { \.nextToken }
    public static func outputToken(_ output: Output) -> String? { output.nextToken }
}
