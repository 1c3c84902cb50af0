import Provisioning

/// Errors of EC2 that the executor handles
/// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html and each action's page).
enum EC2Dispositions {
    static let entries: [DispositionRule] =
        [
            // Something is still in it or refers to it; interfaces of other services stay for minutes.
            .init(service: "ec2", code: "DependencyViolation", .busy),
            .init(service: "ec2", code: "InvalidGroup.InUse", .busy),
            .init(service: "ec2", code: "IncorrectState", .busy),
            // API_ReleaseAddress: the codes while the NAT gateway is not quite gone. The first is no matter of credentials.
            .init(service: "ec2", action: "ReleaseAddress", code: "AuthFailure", .busy),
            .init(service: "ec2", action: "ReleaseAddress", code: "InvalidNetworkInterfaceID.NotFound", .busy),
            .init(service: "ec2", action: "ReleaseAddress", code: "InvalidIPAddress.InUse", .busy),
            // Half done by a run that was interrupted: look again, then do the rest.
            .init(service: "ec2", code: "Gateway.NotAttached", .busy),
            .init(service: "ec2", action: "DisassociateRouteTable", code: "InvalidAssociationID.NotFound", .busy),
            .init(service: "ec2", code: "InvalidGroup.Duplicate", .alreadyExists),
            // The block is taken: by this very subnet, when lists lagged too long behind a call whose answer was lost.
            .init(service: "ec2", action: "CreateSubnet", code: "InvalidSubnet.Conflict", .alreadyExists),
            .init(service: "ec2", code: "InvalidPermission.Duplicate", .alreadyExists),
            .init(service: "ec2", code: "InvalidPermission.NotFound", .alreadyExists),
            .init(service: "ec2", code: "RouteAlreadyExists", .alreadyExists),
            .init(service: "ec2", code: "Resource.AlreadyAssociated", .alreadyExists),
        ] + absences + propagation

    /// Not there: what a delete wants. For every other call it is a thing made a moment ago that is not visible everywhere
    /// yet (https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html).
    private static let absences: [DispositionRule] = [
        .init(service: "ec2", action: "DescribeVpcAttribute", code: "InvalidVpcID.NotFound", .absent),
        .init(service: "ec2", action: "DeleteVpc", code: "InvalidVpcID.NotFound", .absent),
        .init(service: "ec2", action: "DeleteSubnet", code: "InvalidSubnetID.NotFound", .absent),
        .init(service: "ec2", action: "DeleteInternetGateway", code: "InvalidInternetGatewayID.NotFound", .absent),
        .init(service: "ec2", action: "DetachInternetGateway", code: "InvalidInternetGatewayID.NotFound", .absent),
        .init(service: "ec2", action: "ReleaseAddress", code: "InvalidAllocationID.NotFound", .absent),
        .init(service: "ec2", action: "DeleteNatGateway", code: "NatGatewayNotFound", .absent),
        .init(service: "ec2", action: "DeleteRouteTable", code: "InvalidRouteTableID.NotFound", .absent),
        .init(service: "ec2", action: "DeleteSecurityGroup", code: "InvalidGroup.NotFound", .absent),
        .init(service: "ec2", action: "DeleteVpcEndpoints", code: "InvalidVpcEndpointId.NotFound", .absent),
        .init(service: "ec2", action: "DeleteVpcEndpoints", code: "InvalidVpcEndpoint.NotFound", .absent),
    ]

    private static let propagation: [DispositionRule] = [
        "InvalidVpcID.NotFound", "InvalidSubnetID.NotFound", "InvalidInternetGatewayID.NotFound",
        "InvalidAllocationID.NotFound", "NatGatewayNotFound", "InvalidNatGatewayID.NotFound",
        "InvalidRouteTableID.NotFound", "InvalidRouteTableId.NotFound", "InvalidGroup.NotFound",
        "InvalidSecurityGroupID.NotFound", "InvalidVpcEndpointId.NotFound",
    ].map { .init(service: "ec2", code: $0, .propagating) }
}
