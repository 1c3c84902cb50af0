import Provisioning

/// (https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/CommonErrors.html and the Errors sections of
/// the operations)
enum ElastiCacheDispositions {
    static let entries: [DispositionRule] = [
        .init(service: "elasticache", code: "ReplicationGroupNotFoundFault", .absent),
        // A create names groups that must stand; their absence is no absence of the thing itself.
        .init(
            service: "elasticache", action: "CreateReplicationGroup", code: "CacheParameterGroupNotFound", .propagating),
        .init(
            service: "elasticache", action: "CreateReplicationGroup", code: "CacheSubnetGroupNotFoundFault",
            .propagating),
        .init(service: "elasticache", code: "CacheParameterGroupNotFound", .absent),
        .init(service: "elasticache", code: "CacheSubnetGroupNotFoundFault", .absent),
        .init(service: "elasticache", code: "CacheClusterNotFound", .absent),
        .init(service: "elasticache", code: "ReplicationGroupAlreadyExists", .alreadyExists),
        .init(service: "elasticache", code: "CacheSubnetGroupAlreadyExists", .alreadyExists),
        .init(service: "elasticache", code: "CacheParameterGroupAlreadyExists", .alreadyExists),
        // Changing and deleting are allowed in state "available" only.
        .init(service: "elasticache", code: "InvalidReplicationGroupState", .busy),
        .init(service: "elasticache", code: "InvalidCacheClusterState", .busy),
        .init(service: "elasticache", code: "InvalidCacheParameterGroupState", .busy),
        .init(service: "elasticache", code: "CacheSubnetGroupInUse", .busy),
        // The service-linked role was made a moment ago.
        .init(service: "elasticache", code: "ServiceLinkedRoleNotFoundFault", .propagating),
    ]
}
