import Provisioning

/// Errors of ELBv2 that the executor handles
/// (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/CommonErrors.html and each action's page).
enum ELBv2Dispositions {
    static let entries: [DispositionRule] = [
        // API_DescribeLoadBalancers, API_ModifyTargetGroup, API_DeleteListener, API_DeleteRule.
        .init(service: "elbv2", code: "LoadBalancerNotFound", .absent),
        .init(service: "elbv2", action: "CreateRule", code: "TargetGroupNotFound", .propagating),
        .init(service: "elbv2", code: "TargetGroupNotFound", .absent),
        .init(service: "elbv2", action: "CreateRule", code: "ListenerNotFound", .propagating),
        .init(service: "elbv2", code: "ListenerNotFound", .absent),
        .init(service: "elbv2", code: "RuleNotFound", .absent),
        // API_CreateLoadBalancer, API_CreateTargetGroup, API_CreateListener, API_CreateRule.
        .init(service: "elbv2", code: "DuplicateLoadBalancerName", .alreadyExists),
        .init(service: "elbv2", code: "DuplicateTargetGroupName", .alreadyExists),
        .init(service: "elbv2", code: "DuplicateListener", .alreadyExists),
        .init(service: "elbv2", action: "CreateRule", code: "PriorityInUse", .alreadyExists),
        // API_DeleteTargetGroup: a rule that was deleted a moment ago still counts.
        .init(service: "elbv2", code: "ResourceInUse", .busy),
        // API_CreateLoadBalancer: what EC2 made a moment ago, and a gateway attached a moment ago.
        .init(service: "elbv2", code: "SubnetNotFound", .propagating),
        .init(service: "elbv2", code: "InvalidSubnet", messageContains: "no internet gateway", .propagating),
        .init(service: "elbv2", code: "InvalidSecurityGroup", .propagating),
    ]
}
