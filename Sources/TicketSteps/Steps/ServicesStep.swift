public import AWSResources
public import Provisioning
public import Ticketing

/// Step 05: the load balancer of a region with its paths, and the three services.
public struct ServicesStep: Sendable {
    public static let id: StepID = "05-services"

    public let loadBalancer: Placed<LoadBalancer>
    /// Of the roles that serve HTTP: public and confirm.
    public let targetGroups: [Role: Placed<TargetGroup>]
    public let services: [Role: Placed<ECSService>]

    private static let healthCheckGraceSeconds = 60

    public init(
        addingTo graph: inout Graph<AWSCloud>, stack: Stack, region: Stack.Region, context: StackContext,
        network: NetworkStep, access: AccessStep, cluster: ClusterStep, definitions: TaskDefinitionsStep,
        dataPlane: DataPlaneStep
    ) throws {
        loadBalancer = try graph.add(
            "alb", in: region.name, step: Self.id,
            LoadBalancer(
                name: stack.loadBalancerName, subnets: network.publicSubnets.map(\.id),
                securityGroups: [network.albGroup.id], attributes: Self.attributes(stack, region)),
            // ELB refuses a network without an internet gateway.
            after: access.serviceLinkedRoles + network.internetReady)
        var targetGroups: [Role: Placed<TargetGroup>] = [:]
        for role in Role.allCases {
            guard let port = role.declaration.port, let path = role.declaration.readyPath else { continue }
            targetGroups[role] = try graph.add(
                "tg-\(role.rawValue)", in: region.name, step: Self.id,
                TargetGroup(
                    name: stack.programName(role), port: port, vpc: network.vpc.id,
                    healthCheck: .init(
                        path: path, intervalSeconds: 10, timeoutSeconds: 5, healthyThreshold: 2, unhealthyThreshold: 3,
                        statusCodes: "200"),
                    attributes: [
                        "deregistration_delay.timeout_seconds": "30",
                        "load_balancing.algorithm.type": "least_outstanding_requests",
                    ]))
        }
        self.targetGroups = targetGroups
        let paths = try Self.addPaths(to: &graph, region, loadBalancer, targetGroups)

        var services: [Role: Placed<ECSService>] = [:]
        for role in Role.allCases {
            guard let definition = definitions.taskDefinitions[role] else {
                preconditionFailure("every role has a task definition")
            }
            let target = targetGroups[role].flatMap { group in
                role.declaration.port.map { ECSService.Target(group: group.arn, container: role.rawValue, port: $0) }
            }
            services[role] = try graph.add(
                "service-\(role.rawValue)", in: region.name, step: Self.id,
                ECSService(
                    name: stack.serviceName(role), cluster: cluster.cluster.name,
                    describedWith: Role.allCases.map(stack.serviceName), taskDefinition: definition.arn,
                    initialTasks: stack.services[role].initialTasks, subnets: network.privateSubnets.map(\.id),
                    securityGroups: [network.ecsGroup.id], target: target,
                    healthCheckGraceSeconds: target == nil ? nil : Self.healthCheckGraceSeconds),
                // ECS refuses a target group that no listener leads to, and rolls back what cannot start for want of a
                // way out or a database.
                after: network.egressReady + dataPlane.auroraReady + (target == nil ? [] : paths))
        }
        self.services = services
    }

    private static func attributes(_ stack: Stack, _ region: Stack.Region) -> [String: String] {
        var attributes = [
            "routing.http.drop_invalid_header_fields.enabled": "true",
            "idle_timeout.timeout_seconds": "\(stack.loadBalancer.idleTimeoutSeconds)",
            "deletion_protection.enabled": "\(stack.loadBalancer.deletionProtection)",
            "access_logs.s3.enabled": "\(region.accessLogsBucket != nil)",
        ]
        if let bucket = region.accessLogsBucket {
            attributes["access_logs.s3.bucket"] = bucket
            attributes["access_logs.s3.prefix"] = stack.name
        }
        return attributes
    }

    /// Port 80, and 443 with a certificate; the paths lead from 443 when there is one, and 80 only redirects. Both forms
    /// are in the graph, one of them absent, so that a certificate can come and go.
    /// - Returns: the rules that are present.
    private static func addPaths(
        to graph: inout Graph<AWSCloud>, _ region: Stack.Region, _ loadBalancer: Placed<LoadBalancer>,
        _ targetGroups: [Role: Placed<TargetGroup>]
    ) throws -> [NodeID] {
        let isSecure = region.certificate != nil
        let listeners: [(name: String, port: Int, action: ListenerAction, carriesPaths: Bool)] = [
            ("http", 80, isSecure ? .redirectToHTTPS : .notFound, !isSecure), ("https", 443, .notFound, isSecure),
        ]
        var rules: [NodeID] = []
        for (name, port, action, carriesPaths) in listeners {
            let isPresent = port == 80 || isSecure
            let listener = try graph.add(
                "listener-\(name)", in: region.name, step: id,
                Listener(
                    loadBalancer: loadBalancer.arn, port: port, certificate: port == 443 ? region.certificate : nil,
                    defaultAction: action),
                presence: isPresent ? .present : .absent)
            for (index, role) in Role.allCases.enumerated() {
                guard let targetGroup = targetGroups[role] else { continue }
                let rule = try graph.add(
                    "rule-\(name)-\(role.rawValue)", in: region.name, step: id,
                    ListenerRule(
                        listener: listener.arn, priority: (index + 1) * 10, pathPatterns: ["/\(role.rawValue)/*"],
                        targetGroup: targetGroup.arn),
                    presence: carriesPaths ? .present : .absent)
                if carriesPaths { rules.append(rule.id) }
            }
        }
        return rules
    }
}

extension Stack.Services {
    public subscript(role: Role) -> Stack.Service {
        switch role {
        case .public: self.public
        case .confirm: confirm
        case .worker: worker
        }
    }
}
