import Provisioning

/// Errors of Application Auto Scaling that the executor handles
/// (https://docs.aws.amazon.com/autoscaling/application/APIReference/CommonErrors.html).
enum ApplicationAutoScalingDispositions {
    static let entries: [DispositionRule] = [
        // API_PutScalingPolicy: the target was registered a moment ago. Elsewhere it is gone.
        .init(
            service: "application-autoscaling", action: "PutScalingPolicy", code: "ObjectNotFoundException",
            .propagating),
        .init(service: "application-autoscaling", code: "ObjectNotFoundException", .absent),
        .init(service: "application-autoscaling", code: "ConcurrentUpdateException", .busy),
        // API_RegisterScalableTarget: the service, or the service-linked role, was made a moment ago.
        .init(
            service: "application-autoscaling", action: "RegisterScalableTarget", code: "ValidationException",
            messageContains: "doesn't exist", .propagating),
        .init(
            service: "application-autoscaling", action: "RegisterScalableTarget", code: "ValidationException",
            messageContains: "unable to assume", .propagating),
        // API_PutScalingPolicy: it makes alarms through that role.
        .init(
            service: "application-autoscaling", action: "PutScalingPolicy", code: "FailedResourceAccessException",
            .propagating),
    ]
}
