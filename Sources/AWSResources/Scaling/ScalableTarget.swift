import AWSCore
import AWSServices
public import Provisioning

/// The limits between which autoscaling moves the task count of one ECS service.
public struct ScalableTarget: AWSResource {
    /// "service/<cluster>/<service>".
    public var resourceID: Input
    public var minimumTasks: Int
    public var maximumTasks: Int

    public init(resourceID: Input, minimumTasks: Int, maximumTasks: Int) {
        self.resourceID = resourceID
        self.minimumTasks = minimumTasks
        self.maximumTasks = maximumTasks
    }

    /// What `DescribeScalableTargets` says of it.
    public struct Observed: Sendable, Equatable {
        public var resourceID: String
        public var minimumTasks: Int
        public var maximumTasks: Int
        public var arn: String?
    }

    public static let type = "application-autoscaling:scalable-target"
    public static let explanation = """
        Hands a service's task count to autoscaling, between a minimum and a maximum. Free; the tasks cost. From then on \
        nothing else may set the count, and it goes before the service does.
        """
    public static let waiting = Waiting(deadline: .seconds(300))

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        guard let resourceID = scope.known(resourceID) else { return nil }
        let targets = try await scope.shared("application-autoscaling:DescribeScalableTargets") {
            [cloud = scope.cloud, region = scope.region] in
            try await cloud.client.all(
                ApplicationAutoScaling.DescribeScalableTargets(serviceNamespace: ECSScaling.namespace), region: region,
                \.scalableTargets)
        }
        let found = targets.first { $0.resourceId == resourceID && $0.scalableDimension == ECSScaling.dimension }
        return found.map {
            observation(
                Observed(
                    resourceID: $0.resourceId, minimumTasks: $0.minCapacity, maximumTasks: $0.maxCapacity,
                    arn: $0.scalableTargetArn))
        }
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let resourceID = try scope.value(resourceID)
        let arn = try await register(resourceID, tags: scope.tags.all, scope)
        return observation(
            Observed(resourceID: resourceID, minimumTasks: minimumTasks, maximumTasks: maximumTasks, arn: arn))
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        list.compare("minimumTasks", observed: observed.minimumTasks, desired: minimumTasks)
        list.compare("maximumTasks", observed: observed.maximumTasks, desired: maximumTasks)
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        _ = try await register(observed.resourceID, tags: nil, scope)
        return nil
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(
            ApplicationAutoScaling.DeregisterScalableTarget(
                serviceNamespace: ECSScaling.namespace, resourceId: observed.resourceID,
                scalableDimension: ECSScaling.dimension))
    }

    public func permissions(at place: Place) -> [Permission] {
        [
            ECSScaling.reading(["DescribeScalableTargets"]),
            ECSScaling.writing(["RegisterScalableTarget", "DeregisterScalableTarget"], at: place),
            ECSScaling.tagging(at: place),
            // The service looks at and changes the task count under the caller's permissions when it registers one
            // (https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_service-with-iam.html).
            Permission(["ecs:DescribeServices", "ecs:UpdateService"], on: ContainerPermissions.resources(at: place)),
        ]
    }

    /// - Returns: the target's ARN.
    private func register(
        _ resourceID: String, tags: [String: String]?, _ scope: Scope<AWSCloud>
    ) async throws -> String? {
        try await scope.send(
            ApplicationAutoScaling.RegisterScalableTarget(
                serviceNamespace: ECSScaling.namespace, resourceId: resourceID,
                scalableDimension: ECSScaling.dimension, minCapacity: minimumTasks, maxCapacity: maximumTasks,
                tags: tags)
        ).scalableTargetArn
    }

    /// Owned as its service is: the two have one name, and the service's tags are looked at. Its own tags, sent when it
    /// is made, would cost a call each.
    private func observation(_ observed: Observed) -> Observation<Observed> {
        Observation(
            observed, identity: observed.arn ?? observed.resourceID, outputs: ["resourceID": observed.resourceID],
            owner: .inherited)
    }
}

extension Placed<ScalableTarget> {
    /// "service/<cluster>/<service>".
    public var resourceID: Input { output("resourceID") }
}
