import Provisioning

/// What the resources of ECS share in their permissions
/// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html).
enum ContainerPermissions {
    /// The stack's cluster, services and task definitions; one set for all, so that a policy needs one statement.
    static func resources(at place: Place) -> Set<String> {
        [
            place.arn("ecs", "cluster/\(place.stack)"),
            place.arn("ecs", "service/\(place.stack)/\(place.stack)-*"),
            place.arn("ecs", "task-definition/\(place.stack)-*:*"),
        ]
    }

    /// ECS knows no resource for what makes clusters and task definitions, but it knows the tags they are made with.
    static func making(_ action: String, at place: Place) -> Permission {
        Permission(
            [action], on: ["*"],
            conditions: ["StringEquals": ["aws:RequestTag/\(IdentityTags.stackKey)": [place.stack]]])
    }
}
