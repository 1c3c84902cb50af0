import AWSResources
import Delivery
import Provisioning
import ServiceRoles
import TicketSteps
import Ticketing

extension Session {
    /// Everything that a deployment of this stack stands on.
    /// - Parameters:
    ///   - roles: of the services to look at.
    ///   - next: what is going to be deployed; a service without it is looked at as it is.
    func verification(
        regions: [Stack.Region], roles: [Role] = Role.allCases, next: [ReleaseTarget: TaskRevision] = [:]
    ) async throws -> Verification {
        let graph = try await graph().graph
        let target = VerifyTarget(
            account: account, partition: partition, roles: Self.taskRoles(graph),
            serviceLinkedRoles: graph.nodes.compactMap { ($0.resource as? ServiceLinkedRole)?.service },
            regions: try regions.map { region in
                VerifyTarget.Region(
                    name: region.name, cluster: stack.clusterName,
                    services: try roles.map { role in
                        let target = ReleaseTarget(
                            region: region.name, cluster: stack.clusterName, service: stack.serviceName(role),
                            family: stack.programName(role))
                        return try service(role, next: next[target])
                    },
                    queues: [stack.commitQueueName])
            })
        let registry = RegistryPublisher(
            image: StackImage(stack: stack, environment: environment), client: client, transport: transport,
            environment: environment, callClock: callClock)
        return Verification(
            client: client, transport: transport, images: RegistryLookup(registry: registry), target: target)
    }

    private func service(_ role: Role, next: TaskRevision?) throws -> VerifyTarget.Service {
        let declaration = role.declaration
        var paths: Set<String> = ["/metrics"]
        if declaration.port != nil {
            paths = Set(
                try Contract(tags: [role.rawValue]).operations.keys.compactMap { operation in
                    operation.hasPrefix("GET ") ? String(operation.dropFirst(4)) : nil
                })
        }
        let secrets = declaration.environment.filter { $0.source == .databaseSecretARN }
        return VerifyTarget.Service(
            name: stack.serviceName(role), container: role.rawValue, port: declaration.port, paths: paths,
            maximumTasks: stack.services[role].maximumTasks, next: next,
            secretVariables: Dictionary(uniqueKeysWithValues: secrets.map { ($0.name, ["username", "password"]) }))
    }

    /// The roles that ECS takes on for the services, with what step 02 grants them; no deployment stands on the load
    /// generators'.
    private static func taskRoles(_ graph: Graph<AWSCloud>) -> [VerifyTarget.Role] {
        graph.nodes.compactMap { node in
            guard node.presence == .present, node.id.name != AccessStep.loadRoleID,
                let role = node.resource as? IAMRole,
                role.trust.statements.contains(where: { $0.principal?["Service"] != nil })
            else { return nil }
            return VerifyTarget.Role(
                name: role.name,
                grants: role.policy.statements.map { statement in
                    VerifyTarget.Grant(
                        actions: statement.actions, resources: statement.resources ?? [],
                        context: (statement.conditions ?? [:]).values.reduce(into: [:]) {
                            $0.merge($1) { one, _ in one }
                        })
                })
        }
    }
}

/// Looks images up where tasks pull them from.
private struct RegistryLookup: ImageLookup {
    let registry: RegistryPublisher

    func architectures(of image: String, region: String) async throws -> Set<String>? {
        do {
            let found = try await registry.inspect(try ImageReference(image), region: region)
            // "linux/amd64"
            return Set(found.platforms.map { $0.platform.split(separator: "/").last.map(String.init) ?? $0.platform })
        } catch let error as DeliveryError where error.code == .repositoryMissing {
            return nil
        }
    }
}
