import Provisioning

/// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/CommonErrors.html and the Errors sections of the
/// operations)
enum RDSDispositions {
    static let entries: [DispositionRule] = [
        // A create names groups that must stand; their absence is no absence of the thing itself.
        .init(service: "rds", action: "CreateDBCluster", code: "DBClusterParameterGroupNotFound", .propagating),
        .init(service: "rds", action: "CreateDBCluster", code: "DBSubnetGroupNotFoundFault", .propagating),
        .init(service: "rds", action: "CreateDBInstance", code: "DBClusterNotFoundFault", .propagating),
        .init(service: "rds", code: "DBClusterNotFoundFault", .absent),
        .init(service: "rds", code: "DBInstanceNotFound", .absent),
        .init(service: "rds", code: "DBSubnetGroupNotFoundFault", .absent),
        .init(service: "rds", code: "DBParameterGroupNotFound", .absent),
        .init(service: "rds", code: "DBClusterAlreadyExistsFault", .alreadyExists),
        .init(service: "rds", code: "DBInstanceAlreadyExists", .alreadyExists),
        .init(service: "rds", code: "DBSubnetGroupAlreadyExists", .alreadyExists),
        .init(service: "rds", code: "DBParameterGroupAlreadyExists", .alreadyExists),
        // In transition, or members are still there.
        .init(service: "rds", code: "InvalidDBClusterStateFault", .busy),
        .init(service: "rds", code: "InvalidDBInstanceState", .busy),
        .init(service: "rds", code: "InvalidDBSubnetGroupStateFault", .busy),
        .init(service: "rds", code: "InvalidDBParameterGroupState", .busy),
        // A service-linked role made a moment ago ("RDS cannot assume ...", "Verify that you have permission to create
        // service linked role"): AuroraUserGuide, "Using service-linked roles".
        .init(service: "rds", code: "InvalidParameterValue", messageContains: "service linked role", .propagating),
    ]
}
