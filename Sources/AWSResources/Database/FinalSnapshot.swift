import AWSCore
import AWSServices
import Provisioning

/// The snapshot taken before a cluster is deleted.
///
/// It is made by a call of its own and seen available before anything goes, instead of by the deleting call, of which
/// only a later look could tell whether it kept anything. Its name holds the run's, so that a run never trusts the
/// snapshot of an earlier one, after which the cluster may have been written to.
struct FinalSnapshot {
    var cluster: String
    /// The cluster's: another one for each cluster that ever had its name.
    var resourceID: String

    /// "ticket-aurora-final-20260131-235959-1f2e3d-abc123"
    var name: String {
        let digits = resourceID.suffix(6).lowercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
        return "\(cluster)-final-\(RunID.current)-\(digits)"
    }

    /// Makes it unless it was made, and returns once it is available.
    /// - Throws: `NotYet` while it is being made; `ProvisioningError.failed`.
    func verify(_ scope: Scope<AWSCloud>) async throws {
        do {
            _ = try await scope.send(
                RDS.CreateDBClusterSnapshot(
                    dbClusterSnapshotIdentifier: name, dbClusterIdentifier: cluster, tags: .init(scope.tags.all)))
        } catch let error as AWSError where error.code == "DBClusterSnapshotAlreadyExistsFault" {
            // An earlier call of this run made it.
        }
        let found = try await scope.send(RDS.DescribeDBClusterSnapshots(dbClusterSnapshotIdentifier: name))
        guard let snapshot = found.dbClusterSnapshots.first(where: { $0.dbClusterIdentifier == cluster }) else {
            throw NotYet("the snapshot \(name) is not listed yet")
        }
        switch snapshot.status {
        case "available": return
        case "failed":
            throw ProvisioningError(
                .failed, "the final snapshot \(name) failed, so \(cluster) was not deleted",
                next: "look at the cluster's events in the RDS console, then run `tickctl down` again")
        default: throw NotYet("the snapshot \(name) is \(snapshot.percentProgress ?? 0) % done")
        }
    }
}
