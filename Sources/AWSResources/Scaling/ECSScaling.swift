import AWSServices
import Provisioning

/// What every call about the tasks of an ECS service says.
enum ECSScaling {
    static let namespace = "ecs"
    static let dimension = "ecs:service:DesiredCount"

    /// Scalable targets have ids that only the API knows, so they are narrowed by their namespace
    /// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsapplicationautoscaling.html).
    static func writing(_ actions: Set<String>, at place: Place) -> Permission {
        Permission(
            Set(actions.map { "application-autoscaling:\($0)" }),
            on: [place.arn("application-autoscaling", "scalable-target/*")],
            conditions: ["StringEquals": ["application-autoscaling:service-namespace": [namespace]]])
    }

    /// Registering with tags is tagging too, which knows no namespace but the tags.
    static func tagging(at place: Place) -> Permission {
        Permission(
            ["application-autoscaling:TagResource"], on: [place.arn("application-autoscaling", "scalable-target/*")],
            conditions: ["StringEquals": ["aws:RequestTag/\(IdentityTags.stackKey)": [place.stack]]])
    }

    /// Describing has no resource-level permissions.
    static func reading(_ actions: Set<String>) -> Permission {
        Permission(Set(actions.map { "application-autoscaling:\($0)" }), on: ["*"])
    }
}
