import AWSCore
import AWSServices
import Provisioning

extension Scope<AWSCloud> {
    /// Runs a delete; when something still uses the resource, the error names it.
    ///
    /// - Parameter filter: finds the network interfaces that can be in the way, "subnet-id" and the subnet.
    /// - Throws: what `delete` throws. `DependencyViolation` says no more than that there is something: load balancers,
    ///   tasks, databases and caches leave their interfaces behind for minutes.
    func deleting(blockedBy filter: EC2.Filter, _ delete: () async throws -> Void) async throws {
        do {
            try await delete()
        } catch var error as AWSError where error.code == "DependencyViolation" {
            if let blockers = try? await blockers(filter), !blockers.isEmpty {
                error.message += " In use by \(blockers.joined(separator: ", "))."
            }
            throw error
        }
    }

    /// "eni-0123 (ELB app/ticket-alb/0123, in-use)", ten at most.
    private func blockers(_ filter: EC2.Filter) async throws -> [String] {
        let interfaces = try await cloud.client.all(
            EC2.DescribeNetworkInterfaces(filters: [filter]), region: region, \.networkInterfaceSet)
        let named = interfaces.prefix(10).map { interface in
            let facts = [interface.description, interface.interfaceType, interface.status]
                .compactMap(\.self).filter { !$0.isEmpty }
            return "\(interface.networkInterfaceId) (\(facts.joined(separator: ", ")))"
        }
        return named + (interfaces.count > 10 ? ["\(interfaces.count - 10) more"] : [])
    }
}
