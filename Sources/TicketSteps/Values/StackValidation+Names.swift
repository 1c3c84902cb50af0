import AWSResources
import Provisioning

extension StackValidation {
    /// The stack's name and what is made of it, the account, the identifiers that the file may set.
    func checkNames() {
        if let account = stack.account, !account.matches(/[0-9]{12}/) {
            report(
                "account",
                message: "must be the account's 12 digits in quotes, or null to ask STS; it is \"\(account)\"")
        }
        let wellFormed = [
            checkIdentifier(stack.name, "name"),
            stack.redis.clusterID.map { checkIdentifier($0, "redis.clusterID") } ?? true,
            stack.aurora.clusterID.map { checkIdentifier($0, "aurora.clusterID") } ?? true,
        ]
        guard wellFormed.allSatisfy(\.self) else { return }
        checkLengths()
        if stack.name.hasPrefix("internal-") || stack.name == "internal" {
            report(
                "name",
                message:
                    "must not be or begin with \"internal\": AWS keeps load balancers' names with \"internal-\" for "
                    + "itself; choose another")
        }
    }

    /// The strictest of all services' rules: lower case, since RDS and ElastiCache fold case.
    private func checkIdentifier(_ text: String, _ path: String) -> Bool {
        if text.matches(/[a-z][a-z0-9]*(-[a-z0-9]+)*/) { return true }
        report(
            path,
            message:
                "must be lower-case letters, digits and single hyphens, beginning with a letter and not ending with a "
                + "hyphen; it is \"\(text)\"")
        return false
    }

    /// Of each value that names are made of, the name that is longest beyond its limit.
    private func checkLengths() {
        var worst: [String: (excess: Int, name: String, limit: NameLimit)] = [:]
        for resource in Self.resources(named: stack) {
            for limit in NameLimit.all {
                guard let name = limit.name(resource), name.utf8.count > limit.maximumLength else { continue }
                let (path, excess) = (origin(of: resource), name.utf8.count - limit.maximumLength)
                if excess > worst[path]?.excess ?? 0 { worst[path] = (excess, name, limit) }
            }
        }
        for (path, found) in worst.sorted(by: { $0.key < $1.key }) {
            report(
                path,
                message: "must be shorter by \(found.excess): it makes \"\(found.name)\", and "
                    + "\(found.limit.kind)'s name has at most \(found.limit.maximumLength) (\(found.limit.documentation))"
            )
        }
    }

    /// The value that a resource's name is made of.
    private func origin(of resource: any Resource<AWSCloud>) -> String {
        switch resource {
        case is ReplicationGroup where stack.redis.clusterID != nil: "redis.clusterID"
        case is AuroraCluster where stack.aurora.clusterID != nil: "aurora.clusterID"
        case is AuroraInstance where stack.aurora.clusterID != nil: "aurora.clusterID"
        default: "name"
        }
    }

    /// What the steps make of these names, with values known to work for everything else.
    private static func resources(named stack: Stack) -> [any Resource<AWSCloud>] {
        var sample = Stack()
        sample.name = stack.name
        sample.redis.clusterID = stack.redis.clusterID
        sample.aurora.clusterID = stack.aurora.clusterID
        do {
            return try StackGraph.sample(of: sample).graph.nodes.map(\.resource)
        } catch {
            preconditionFailure("the defaults make no graph: \(error)")
        }
    }
}
