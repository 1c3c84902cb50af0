import Provisioning

/// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/CommonErrors.html, each operation's own errors, and
/// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html)
enum ECSDispositions {
    static let entries: [DispositionRule] = [
        // A role or service-linked role just made is not known to ECS yet.
        .init(
            service: "ecs", code: "InvalidParameterException", messageContains: "service linked role", .propagating),
        .init(
            service: "ecs", code: "InvalidParameterException", messageContains: "verify that the ECS service role",
            .propagating),
        .init(service: "ecs", code: "ClientException", messageContains: "unable to assume", .propagating),
        .init(service: "ecs", code: "ClientException", messageContains: "role is not valid", .propagating),
        .init(
            service: "ecs", action: "RegisterTaskDefinition", code: "ClientException",
            messageContains: "cannot be found", .propagating),
        // The cluster was made a moment ago; elsewhere its absence is what it says.
        .init(service: "ecs", action: "CreateService", code: "ClusterNotFoundException", .propagating),
        // The listener's rule that ties the group to the load balancer is not visible yet.
        .init(
            service: "ecs", code: "InvalidParameterException",
            messageContains: "does not have an associated load balancer", .propagating),
        .init(service: "ecs", code: "InvalidParameterException", messageContains: "not idempotent", .alreadyExists),
        .init(service: "ecs", code: "ClientException", messageContains: "not idempotent", .alreadyExists),
        // The deleted service of that name still stops its tasks.
        .init(service: "ecs", code: "InvalidParameterException", messageContains: "still draining", .busy),
        .init(service: "ecs", code: "ClusterContainsServicesException", .busy),
        .init(service: "ecs", code: "ClusterContainsTasksException", .busy),
        .init(service: "ecs", code: "UpdateInProgressException", .busy),
        .init(service: "ecs", code: "ClusterNotFoundException", .absent),
        .init(service: "ecs", code: "ServiceNotFoundException", .absent),
        .init(service: "ecs", code: "ServiceNotActiveException", .absent),
        .init(
            service: "ecs", action: "DescribeTaskDefinition", code: "ClientException",
            messageContains: "unable to describe", .absent),
    ]
}
