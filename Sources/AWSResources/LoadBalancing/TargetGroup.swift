import AWSServices
public import Provisioning

/// The tasks of one service as a load balancer sees them: addresses and a health check, by HTTP.
public struct TargetGroup: AWSResource {
    /// At most 32 letters, digits and hyphens.
    public var name: String
    public var port: Int
    public var vpc: Input
    public var healthCheck: HealthCheck
    /// "deregistration_delay.timeout_seconds": "30"; those not named are not managed.
    public var attributes: [String: String]

    public init(name: String, port: Int, vpc: Input, healthCheck: HealthCheck, attributes: [String: String]) {
        self.name = name
        self.port = port
        self.vpc = vpc
        self.healthCheck = healthCheck
        self.attributes = attributes
    }

    /// The request by which the load balancer knows whether a target is well.
    public struct HealthCheck: Encodable, Sendable, Equatable {
        public var path: String
        /// 5 to 300.
        public var intervalSeconds: Int
        /// Less than the interval.
        public var timeoutSeconds: Int
        /// Successes in a row until a target gets requests, 2 to 10.
        public var healthyThreshold: Int
        /// Failures in a row until it gets no more, 2 to 10.
        public var unhealthyThreshold: Int
        /// "200", "200-299".
        public var statusCodes: String

        public init(
            path: String, intervalSeconds: Int, timeoutSeconds: Int, healthyThreshold: Int, unhealthyThreshold: Int,
            statusCodes: String
        ) {
            self.path = path
            self.intervalSeconds = intervalSeconds
            self.timeoutSeconds = timeoutSeconds
            self.healthyThreshold = healthyThreshold
            self.unhealthyThreshold = unhealthyThreshold
            self.statusCodes = statusCodes
        }
    }

    /// What `DescribeTargetGroups` and `DescribeTargetGroupAttributes` say of it.
    public struct Observed: Sendable, Equatable {
        public var arn: String
        public var targetType: String
        public var protocolName: String
        public var port: Int
        public var vpc: String
        public var healthCheck: HealthCheck
        public var attributes: [String: String]
    }

    public static let type = "elasticloadbalancing:targetgroup"
    public static let explanation = """
        The list of a service's tasks with their health; ECS keeps it up to date. Free. Port, protocol and network cannot \
        change in place, and it can be deleted only when no rule names it.
        """
    public static let waiting = Waiting(deadline: .seconds(300))

    private static let targetType = "ip"
    private static let protocolName = "HTTP"

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        let inventory = try await scope.loadBalancingInventory()
        guard let found = inventory.targetGroups.first(where: { $0.targetGroupName == name }) else { return nil }
        let attributes = try await scope.send(
            ELBv2.DescribeTargetGroupAttributes(targetGroupArn: found.targetGroupArn)
        ).attributes
        return observation(
            Observed(
                arn: found.targetGroupArn, targetType: found.targetType ?? "", protocolName: found.protocol ?? "",
                port: found.port ?? 0, vpc: found.vpcId ?? "",
                healthCheck: HealthCheck(
                    path: found.healthCheckPath ?? "", intervalSeconds: found.healthCheckIntervalSeconds ?? 0,
                    timeoutSeconds: found.healthCheckTimeoutSeconds ?? 0,
                    healthyThreshold: found.healthyThresholdCount ?? 0,
                    unhealthyThreshold: found.unhealthyThresholdCount ?? 0,
                    statusCodes: found.matcher?.httpCode ?? ""),
                attributes: attributes.byKey),
            owner: scope.tags.owner(of: inventory.tags[found.targetGroupArn] ?? [:]))
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let vpc = try scope.value(vpc)
        let answer = try await scope.send(
            ELBv2.CreateTargetGroup(
                name: name, protocol: Self.protocolName, port: port, vpcId: vpc, targetType: Self.targetType,
                healthCheckPath: healthCheck.path, healthCheckIntervalSeconds: healthCheck.intervalSeconds,
                healthCheckTimeoutSeconds: healthCheck.timeoutSeconds,
                healthyThresholdCount: healthCheck.healthyThreshold,
                unhealthyThresholdCount: healthCheck.unhealthyThreshold,
                matcher: ELBv2.Matcher(httpCode: healthCheck.statusCodes), tags: .init(scope.tags.all)))
        guard let arn = answer.targetGroups.first?.targetGroupArn else {
            throw ProvisioningError(.failed, "CreateTargetGroup answered without a target group")
        }
        try await set(attributes, of: arn, scope)
        return observation(
            Observed(
                arn: arn, targetType: Self.targetType, protocolName: Self.protocolName, port: port, vpc: vpc,
                healthCheck: healthCheck, attributes: attributes), owner: .ours)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        list.compare("targetType", observed: observed.targetType, desired: Self.targetType, isImmutable: true)
        list.compare("protocol", observed: observed.protocolName, desired: Self.protocolName, isImmutable: true)
        list.compare("port", observed: observed.port, desired: port, isImmutable: true)
        list.compare("vpc", observed: observed.vpc, desired: vpc, in: values, isImmutable: true)
        let seen = observed.healthCheck
        list.compare("healthCheck.path", observed: seen.path, desired: healthCheck.path)
        list.compare("healthCheck.interval", observed: seen.intervalSeconds, desired: healthCheck.intervalSeconds)
        list.compare("healthCheck.timeout", observed: seen.timeoutSeconds, desired: healthCheck.timeoutSeconds)
        list.compare(
            "healthCheck.healthyThreshold", observed: seen.healthyThreshold, desired: healthCheck.healthyThreshold)
        list.compare(
            "healthCheck.unhealthyThreshold", observed: seen.unhealthyThreshold, desired: healthCheck.unhealthyThreshold
        )
        list.compare("healthCheck.statusCodes", observed: seen.statusCodes, desired: healthCheck.statusCodes)
        list.compare(
            "attributes", observed: observed.attributes.filter { attributes[$0.key] != nil }, desired: attributes)
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        if observed.healthCheck != healthCheck {
            _ = try await scope.send(
                ELBv2.ModifyTargetGroup(
                    targetGroupArn: observed.arn, healthCheckPath: healthCheck.path,
                    healthCheckIntervalSeconds: healthCheck.intervalSeconds,
                    healthCheckTimeoutSeconds: healthCheck.timeoutSeconds,
                    healthyThresholdCount: healthCheck.healthyThreshold,
                    unhealthyThresholdCount: healthCheck.unhealthyThreshold,
                    matcher: ELBv2.Matcher(httpCode: healthCheck.statusCodes)))
        }
        let changed = attributes.filter { observed.attributes[$0.key] != $0.value }
        if !changed.isEmpty { try await set(changed, of: observed.arn, scope) }
        return nil
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(ELBv2.DeleteTargetGroup(targetGroupArn: observed.arn))
    }

    public func permissions(at place: Place) -> [Permission] {
        [
            LoadBalancingPermissions.reading([
                "DescribeLoadBalancers", "DescribeTargetGroups", "DescribeTags", "DescribeTargetGroupAttributes",
            ]),
            LoadBalancingPermissions.writing(
                [
                    "CreateTargetGroup", "AddTags", "ModifyTargetGroup", "ModifyTargetGroupAttributes",
                    "DeleteTargetGroup",
                ], at: place),
        ]
    }

    private func set(_ attributes: [String: String], of arn: String, _ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(
            ELBv2.ModifyTargetGroupAttributes(targetGroupArn: arn, attributes: .init(attributes)))
    }

    private func observation(_ observed: Observed, owner: Owner) -> Observation<Observed> {
        Observation(
            observed, identity: observed.arn,
            outputs: [
                "arn": observed.arn,
                "arnSuffix": "targetgroup/" + LoadBalancer.arnSuffix(observed.arn, after: "targetgroup/"),
            ], owner: owner)
    }
}

extension Placed<TargetGroup> {
    public var arn: Input { output("arn") }
    /// "targetgroup/<name>/<id>", the dimension TargetGroup of its metrics.
    public var arnSuffix: Input { output("arnSuffix") }
}
