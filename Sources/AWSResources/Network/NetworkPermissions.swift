import Provisioning

/// What the resource types of EC2 need in IAM, in the same few groups for all of them, so that the statements join
/// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html).
///
/// One call acts on several resources: CreateSubnet on the new subnet, which gets the stack's tag in the same call, and on
/// the VPC, which has it. So making is allowed by the tags of the request, and using by those of the resource.
enum NetworkPermissions {
    /// Describe calls have no resource-level permissions (DescribeVpcAttribute has: it is using).
    static func reading(_ actions: Set<String>) -> Permission { Permission(named(actions), on: ["*"]) }

    /// Making what `action` names, with the stack's tag on it.
    static func making(_ action: String, at place: Place) -> [Permission] {
        [
            Permission(
                named([action]), on: everything(place), conditions: ["StringEquals": [requestTag: [place.stack]]]),
            // Only within the call that makes: nothing that stands can be given the stack's tag.
            Permission(
                named(["CreateTags"]), on: everything(place),
                conditions: ["StringEquals": [requestTag: [place.stack], "ec2:CreateAction": makers]]),
        ]
    }

    /// Changing, deleting or referring to what carries the stack's tag.
    static func using(_ actions: Set<String>, at place: Place) -> Permission {
        Permission(named(actions), on: everything(place), conditions: ["StringEquals": [resourceTag: [place.stack]]])
    }

    /// Taking rules away from groups without a stack's tag, as a VPC's default group is.
    static func emptyingUntaggedGroups(at place: Place) -> Permission {
        Permission(
            named(["RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress"]),
            on: [place.arn("ec2", "security-group/*")], conditions: ["Null": [resourceTag: ["true"]]])
    }

    private static let requestTag = "aws:RequestTag/\(IdentityTags.stackKey)"
    private static let resourceTag = "aws:ResourceTag/\(IdentityTags.stackKey)"
    private static let makers = [
        "AllocateAddress", "CreateInternetGateway", "CreateNatGateway", "CreateRouteTable", "CreateSecurityGroup",
        "CreateSubnet", "CreateVpc", "CreateVpcEndpoint",
    ]

    /// Of the region and account; ids are EC2's.
    private static func everything(_ place: Place) -> Set<String> {
        [
            place.arn("ec2", "elastic-ip/*"), place.arn("ec2", "internet-gateway/*"), place.arn("ec2", "natgateway/*"),
            place.arn("ec2", "route-table/*"), place.arn("ec2", "security-group/*"), place.arn("ec2", "subnet/*"),
            place.arn("ec2", "vpc/*"), place.arn("ec2", "vpc-endpoint/*"),
        ]
    }
    private static func named(_ actions: Set<String>) -> Set<String> { Set(actions.map { "ec2:\($0)" }) }
}
