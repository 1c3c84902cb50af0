import AWSCore
import AWSServices
public import Provisioning

/// One rule by which autoscaling moves the task count of a service.
public struct ScalingPolicy: AWSResource {
    public var name: String
    /// "service/<cluster>/<service>", of a scalable target.
    public var resourceID: Input
    public var rule: ScalingRule

    public init(name: String, resourceID: Input, rule: ScalingRule) {
        self.name = name
        self.resourceID = resourceID
        self.rule = rule
    }

    /// What `DescribeScalingPolicies` says of it.
    public struct Observed: Sendable, Equatable {
        public var arn: String
        public var resourceID: String
        /// Setting to text, in the terms of `changes`.
        public var settings: [String: String]
    }

    public static let type = "application-autoscaling:scaling-policy"
    public static let explanation = """
        Adds or takes away tasks by a metric; a service follows whichever policy asks for most. Free but for the alarms \
        that target tracking makes. ALBRequestCountPerTarget counts a minute, not a second.
        """
    public static let waiting = Waiting(deadline: .seconds(300))

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        guard let resourceID = scope.known(resourceID) else { return nil }
        let policies = try await scope.shared("application-autoscaling:DescribeScalingPolicies") {
            [cloud = scope.cloud, region = scope.region] in
            try await cloud.client.all(
                ApplicationAutoScaling.DescribeScalingPolicies(serviceNamespace: ECSScaling.namespace), region: region,
                \.scalingPolicies)
        }
        let found = policies.first {
            $0.policyName == name && $0.resourceId == resourceID && $0.scalableDimension == ECSScaling.dimension
        }
        return found.map { policy in
            var settings = policy.targetTrackingScalingPolicyConfiguration?.settings
            settings = settings ?? policy.stepScalingPolicyConfiguration?.settings ?? [:]
            settings?["type"] = policy.policyType
            return observation(
                Observed(arn: policy.policyArn, resourceID: policy.resourceId, settings: settings ?? [:]))
        }
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let resourceID = try scope.value(resourceID)
        let arn = try await put(resourceID, scope)
        return observation(Observed(arn: arn, resourceID: resourceID, settings: try settings(scope.value)))
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        let desired = settings { values.known($0) ?? Change.unknown }
        for setting in Set(desired.keys).union(observed.settings.keys).sorted() {
            list.compare(setting, observed: observed.settings[setting], desired: desired[setting])
        }
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        _ = try await put(observed.resourceID, scope)
        return nil
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(
            ApplicationAutoScaling.DeleteScalingPolicy(
                policyName: name, serviceNamespace: ECSScaling.namespace, resourceId: observed.resourceID,
                scalableDimension: ECSScaling.dimension))
    }

    public func permissions(at place: Place) -> [Permission] {
        [
            ECSScaling.reading(["DescribeScalingPolicies"]),
            ECSScaling.writing(["PutScalingPolicy", "DeleteScalingPolicy"], at: place),
            // The service makes the alarms of target tracking under the caller's permissions
            // (https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_service-with-iam.html).
            Permission(["cloudwatch:DescribeAlarms"], on: ["*"]),
            Permission(
                ["cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms"], on: MetricAlarm.writableAlarms(at: place)),
        ]
    }

    private static let trackingType = "TargetTrackingScaling"
    private static let stepType = "StepScaling"

    /// - Returns: the policy's ARN, which a second put keeps.
    private func put(_ resourceID: String, _ scope: Scope<AWSCloud>) async throws -> String {
        var operation = ApplicationAutoScaling.PutScalingPolicy(
            policyName: name, serviceNamespace: ECSScaling.namespace, resourceId: resourceID,
            scalableDimension: ECSScaling.dimension, policyType: Self.trackingType)
        switch rule {
        case .tracking(let tracking):
            operation.targetTrackingScalingPolicyConfiguration = try tracking.wire(scope.value)
        case .step(let step):
            operation.policyType = Self.stepType
            operation.stepScalingPolicyConfiguration = step.wire
        }
        return try await scope.send(operation).policyArn
    }

    private func settings(_ resolve: (Input) throws -> String) rethrows -> [String: String] {
        var settings: [String: String]
        switch rule {
        case .tracking(let tracking):
            settings = try tracking.wire(resolve).settings
            settings["type"] = Self.trackingType
        case .step(let step):
            settings = step.wire.settings
            settings["type"] = Self.stepType
        }
        return settings
    }

    /// Policies have no tags: they are owned as their scalable target is.
    private func observation(_ observed: Observed) -> Observation<Observed> {
        Observation(observed, identity: observed.arn, outputs: ["arn": observed.arn], owner: .inherited)
    }
}

extension Placed<ScalingPolicy> {
    public var arn: Input { output("arn") }
}
