import Provisioning

/// RDS's words for the state of a cluster or an instance
/// (https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/accessing-monitoring.html).
enum DatabaseState {
    /// States that waiting does not end.
    private static let failed: Set<String> = [
        "cloning-failed", "failed", "inaccessible-encryption-credentials",
        "inaccessible-encryption-credentials-recoverable", "incompatible-credentials", "incompatible-network",
        "incompatible-option-group", "incompatible-parameters", "insufficient-capacity", "migration-failed",
        "restore-error", "stopped", "storage-full",
    ]

    /// - Parameter isComplete: false while the answer lacks an output that comes later.
    static func of(_ status: String?, isComplete: Bool = true) -> ResourceState {
        switch status ?? "creating" {
        case "available": isComplete ? .ready : .changing("available, without its secret yet")
        case "deleting": .deleting("deleting")
        case let status where failed.contains(status): .failed(status)
        case let status: .changing(status)
        }
    }
}
