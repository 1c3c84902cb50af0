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

    /// A revision has no number yet when it is registered, so AWS looks at no ARN (its refusals say "on resource: *",
    /// whatever the reference's table lists), but it knows the tags.
    static func registering(at place: Place) -> Permission {
        Permission(
            ["ecs:RegisterTaskDefinition"], on: ["*"],
            conditions: ["StringEquals": ["aws:RequestTag/\(IdentityTags.stackKey)": [place.stack]]])
    }
}
