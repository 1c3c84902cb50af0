import AWSCore
import AWSServices
public import Provisioning

/// Sends the paths of a listener that match to a target group.
public struct ListenerRule: AWSResource {
    /// ARN.
    public var listener: Input
    /// 1 to 50,000; the lowest that matches wins.
    public var priority: Int
    /// "/public/*"; case matters.
    public var pathPatterns: [String]
    /// ARN.
    public var targetGroup: Input

    public init(listener: Input, priority: Int, pathPatterns: [String], targetGroup: Input) {
        self.listener = listener
        self.priority = priority
        self.pathPatterns = pathPatterns
        self.targetGroup = targetGroup
    }

    /// What `DescribeRules` says of it.
    public struct Observed: Sendable, Equatable {
        public var arn: String
        /// A number, or "default".
        public var priority: String
        public var pathPatterns: Set<String>
        /// As `[ELBv2.Action].summary`.
        public var action: String
    }

    public static let type = "elasticloadbalancing:listener-rule"
    public static let explanation = """
        Sends /public/* or /confirm/* to its target group. Free. The target group cannot go before it.
        """
    public static let waiting = Waiting(deadline: .seconds(300))

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        guard let listener = scope.known(listener) else { return nil }
        let rules = try await scope.shared("elasticloadbalancing:DescribeRules \(listener)") {
            [cloud = scope.cloud, region = scope.region] in
            try await cloud.client.all(ELBv2.DescribeRules(listenerArn: listener), region: region, \.rules)
                .filter { $0.priority != "default" }
                .map {
                    Observed(
                        arn: $0.ruleArn, priority: $0.priority ?? "",
                        pathPatterns: Set($0.conditions.flatMap { $0.pathPatternConfig?.values ?? [] }),
                        action: $0.actions.summary)
                }
        }
        // By what it matches; only a rule of our priority with other paths is taken for ours changed by hand.
        let found = rules.first { $0.pathPatterns == Set(pathPatterns) } ?? rules.first { $0.priority == "\(priority)" }
        return found.map(observation)
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let actions = [try forward(scope)]
        let answer = try await scope.send(
            ELBv2.CreateRule(
                listenerArn: try scope.value(listener), priority: priority, conditions: conditions, actions: actions,
                tags: .init(scope.tags.all)))
        guard let arn = answer.rules.first?.ruleArn else {
            throw ProvisioningError(.failed, "CreateRule answered without a rule")
        }
        return observation(
            Observed(
                arn: arn, priority: "\(priority)", pathPatterns: Set(pathPatterns), action: actions.summary))
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        list.compare("priority", observed: observed.priority, desired: priority)
        list.compare("pathPatterns", observed: observed.pathPatterns, desired: Set(pathPatterns))
        list.compare("action", observed: observed.action, desired: "forward \(targetGroup)", in: values)
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        if changes.contains(where: { $0.setting != "priority" }) {
            _ = try await scope.send(
                ELBv2.ModifyRule(ruleArn: observed.arn, conditions: conditions, actions: [try forward(scope)]))
        }
        if changes.contains(where: { $0.setting == "priority" }) {
            _ = try await scope.send(
                ELBv2.SetRulePriorities(rulePriorities: [.init(ruleArn: observed.arn, priority: priority)]))
        }
        return nil
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(ELBv2.DeleteRule(ruleArn: observed.arn))
    }

    public func permissions(at place: Place) -> [Permission] {
        [
            LoadBalancingPermissions.reading(["DescribeRules"]),
            LoadBalancingPermissions.writing(
                ["CreateRule", "AddTags", "ModifyRule", "SetRulePriorities", "DeleteRule"], at: place),
        ]
    }

    private var conditions: [ELBv2.Condition] {
        [ELBv2.Condition(field: "path-pattern", pathPatternConfig: .init(values: pathPatterns))]
    }

    private func forward(_ scope: Scope<AWSCloud>) throws -> ELBv2.Action {
        ELBv2.Action(type: "forward", targetGroupArn: try scope.value(targetGroup))
    }

    /// Owned as its listener is, whose tags are looked at: its own would cost a call a listener and tell nothing more.
    private func observation(_ observed: Observed) -> Observation<Observed> {
        Observation(observed, identity: observed.arn, outputs: ["arn": observed.arn], owner: .inherited)
    }
}
