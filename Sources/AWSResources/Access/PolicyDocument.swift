import Foundation

/// A policy of IAM (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html).
public struct PolicyDocument: Sendable, Hashable, Encodable {
    /// What is allowed or denied.
    public struct Statement: Sendable, Hashable, Encodable {
        /// Letters and digits; unique in the document.
        public var sid: String
        public var effect: String
        /// Kind and identities, "Service": ["ecs-tasks.amazonaws.com"]; only in trust policies.
        public var principal: [String: [String]]?
        public var actions: [String]
        /// Not in trust policies.
        public var resources: [String]?
        /// Operator, key, values.
        public var conditions: [String: [String: [String]]]?

        public init(
            _ sid: String, effect: String = "Allow", principal: [String: [String]]? = nil, actions: [String],
            resources: [String]? = nil, conditions: [String: [String: [String]]]? = nil
        ) {
            self.sid = sid
            self.effect = effect
            self.principal = principal
            self.actions = actions
            self.resources = resources
            self.conditions = conditions
        }

        enum CodingKeys: String, CodingKey {
            case sid = "Sid"
            case effect = "Effect"
            case principal = "Principal"
            case actions = "Action"
            case resources = "Resource"
            case conditions = "Condition"
        }
    }

    public var version = "2012-10-17"
    public var statements: [Statement]

    public init(_ statements: [Statement]) { self.statements = statements }

    enum CodingKeys: String, CodingKey {
        case version = "Version"
        case statements = "Statement"
    }

    /// The document as it is sent.
    public var json: String { get throws { try text([]) } }

    /// The document as people read it.
    public var indentedJSON: String { get throws { try text(.prettyPrinted) } }

    private func text(_ more: JSONEncoder.OutputFormatting) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, more]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}

/// What a policy says, in one spelling, so that two can be compared: IAM may answer a list of one as a text, and orders
/// nothing.
struct PolicyMeaning: Sendable, Equatable {
    /// Canonical JSON of each statement, by its Sid, or by "#" and its position.
    var statements: [String: String]

    /// - Parameter json: the document; what is no JSON becomes one statement of that text.
    init(_ json: String) {
        guard let document = try? JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any] else {
            statements = ["#1": json]
            return
        }
        let found = document["Statement"] ?? []
        statements = [:]
        for (index, statement) in ((found as? [Any]) ?? [found]).enumerated() {
            let sid = (statement as? [String: Any])?["Sid"] as? String
            statements[sid ?? "#\(index + 1)"] = Self.text(Self.simplified(statement))
        }
    }

    /// - Parameter encoded: a document as IAM answers it, percent-encoded.
    init(percentEncoded encoded: String) {
        self.init(encoded.removingPercentEncoding ?? encoded)
    }

    private static func simplified(_ value: Any) -> Any {
        if let members = value as? [String: Any] { return members.mapValues(simplified) }
        guard let elements = value as? [Any] else { return value }
        let simple = elements.map(simplified).sorted { text($0) < text($1) }
        return simple.count == 1 ? simple[0] : simple
    }

    private static func text(_ value: Any) -> String {
        let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes, .fragmentsAllowed]
        guard let data = try? JSONSerialization.data(withJSONObject: value, options: options) else { return "" }
        return String(decoding: data, as: UTF8.self)
    }
}
