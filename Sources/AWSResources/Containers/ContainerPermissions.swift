/// What the resources of ECS share in their permissions.
enum ContainerPermissions {
    /// The stack's cluster, services and task definitions; one set for all, so that a policy needs one statement.
    static func resources(at place: Place) -> Set<String> {
        [
            place.arn("ecs", "cluster/\(place.stack)"),
            place.arn("ecs", "service/\(place.stack)/\(place.stack)-*"),
            place.arn("ecs", "task-definition/\(place.stack)-*:*"),
        ]
    }
}
