public import AWSCore

extension ELBv2 {
    public struct Rule: Decodable, Sendable {
        public var ruleArn: String
        /// A number, or "default".
        public var priority: String?
        public var conditions: [Condition]
        public var actions: [Action]
    }

    public struct Condition: Codable, Sendable, Hashable {
        /// "path-pattern".
        public var field: String?
        public var pathPatternConfig: PathPattern?

        public init(field: String?, pathPatternConfig: PathPattern?) {
            self.field = field
            self.pathPatternConfig = pathPatternConfig
        }

        public struct PathPattern: Codable, Sendable, Hashable {
            public var values: [String]

            public init(values: [String]) {
                self.values = values
            }
        }
    }

    /// Makes a rule of a listener
    /// (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html).
    public struct CreateRule: AWSOperation {
        public static var service: AWSService { ELBv2.service }
        public var listenerArn: String
        /// 1 to 50,000; the lowest that matches wins.
        public var priority: Int
        public var conditions: [Condition]
        public var actions: [Action]
        public var tags: [Tag]

        public init(
            listenerArn: String, priority: Int, conditions: [Condition], actions: [Action], tags: [Tag]
        ) {
            self.listenerArn = listenerArn
            self.priority = priority
            self.conditions = conditions
            self.actions = actions
            self.tags = tags
        }

        public struct Output: Decodable, Sendable {
            public var rules: [Rule]
        }
    }

    /// Lists a listener's rules
    /// (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeRules.html).
    public struct DescribeRules: AWSPaginated {
        public static var service: AWSService { ELBv2.service }
        public var listenerArn: String
        public var marker: String?

        public init(listenerArn: String) {
            self.listenerArn = listenerArn
        }

        public struct Output: Decodable, Sendable {
            public var rules: [Rule]
            public var nextMarker: String?
        }

        public static var inputToken: WritableKeyPath<Self, String?> { \.marker }
        public static func outputToken(_ output: Output) -> String? { output.nextMarker }
    }

    /// Replaces a rule's conditions and actions
    /// (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyRule.html).
    public struct ModifyRule: AWSOperation {
        public static var service: AWSService { ELBv2.service }
        public var ruleArn: String
        public var conditions: [Condition]
        public var actions: [Action]

        public init(ruleArn: String, conditions: [Condition], actions: [Action]) {
            self.ruleArn = ruleArn
            self.conditions = conditions
            self.actions = actions
        }

        public typealias Output = AWSEmpty
    }

    /// Moves rules to other priorities
    /// (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetRulePriorities.html).
    public struct SetRulePriorities: AWSOperation {
        public static var service: AWSService { ELBv2.service }
        public var rulePriorities: [RulePriority]

        public init(rulePriorities: [RulePriority]) {
            self.rulePriorities = rulePriorities
        }

        public struct RulePriority: Encodable, Sendable {
            public var ruleArn: String
            public var priority: Int

            public init(ruleArn: String, priority: Int) {
                self.ruleArn = ruleArn
                self.priority = priority
            }
        }

        public typealias Output = AWSEmpty
    }

    /// Deletes a rule
    /// (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteRule.html).
    public struct DeleteRule: AWSOperation {
        public static var service: AWSService { ELBv2.service }
        public var ruleArn: String

        public init(ruleArn: String) {
            self.ruleArn = ruleArn
        }

        public typealias Output = AWSEmpty
    }
}
