public import AWSCore

extension IAM {
    /// Asks what a role or user may do, by all of its policies
    /// (https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html).
    public struct SimulatePrincipalPolicy: AWSPaginated {
        public static var service: AWSService { IAM.service }
        public static var inputToken: WritableKeyPath<Self, String?> { \.marker }
        public static func outputToken(_ output: Output) -> String? { output.marker }

        /// ARN of the role or user.
        public var policySourceArn: String
        public var actionNames: [String]
        public var resourceArns: [String]
        /// What the conditions of the policies are to find.
        public var contextEntries: [ContextEntry]?
        public var marker: String?

        public init(
            policySourceArn: String, actionNames: [String], resourceArns: [String], contextEntries: [ContextEntry]
        ) {
            self.policySourceArn = policySourceArn
            self.actionNames = actionNames
            self.resourceArns = resourceArns
            self.contextEntries = contextEntries.isEmpty ? nil : contextEntries
        }

        public struct Output: Decodable, Sendable {
            /// One an action and resource.
            public var evaluationResults: [EvaluationResult]
            public var marker: String?
        }
    }

    public struct ContextEntry: Encodable, Sendable {
        /// "aws:ResourceTag/owner"
        public var contextKeyName: String
        /// "string", "stringList", ...
        public var contextKeyType: String
        public var contextKeyValues: [String]

        public init(contextKeyName: String, contextKeyType: String = "string", contextKeyValues: [String]) {
            self.contextKeyName = contextKeyName
            self.contextKeyType = contextKeyType
            self.contextKeyValues = contextKeyValues
        }
    }

    /// (https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html)
    public struct EvaluationResult: Decodable, Sendable {
        public var evalActionName: String
        public var evalResourceName: String?
        /// "allowed", "explicitDeny" or "implicitDeny".
        public var evalDecision: String
    }
}
