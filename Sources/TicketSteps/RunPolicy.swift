public import AWSResources
import FoundationEssentials
import Provisioning

/// The IAM policy under which a stack can be made, planned and taken down, and nothing else done: what its resources
/// declare, joined (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html).
public struct RunPolicy: Sendable {
    /// Characters, white space not counted (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
    public static let managedPolicyLimit = 6144

    public let statements: [Permission]

    public init(_ stack: StackGraph, account: String, partition: String) {
        let permissions = stack.graph.nodes.flatMap { node -> [Permission] in
            guard let resource = node.resource as? any AWSResource else { return [] }
            let region = node.id.region == NodeID.global ? "us-east-1" : node.id.region
            return resource.permissions(
                at: Place(
                    partition: partition, account: account, region: region, stack: stack.graph.stack, id: node.id.name))
        }
        self.init(joining: permissions)
    }

    init(joining permissions: [Permission]) { statements = Self.joined(permissions) }

    /// Joins what has the same resources and conditions, then what has the same actions and conditions.
    static func joined(_ permissions: [Permission]) -> [Permission] {
        struct Place: Hashable {
            var values: Set<String>
            var conditions: [String: [String: [String]]]
        }
        var actions: [Place: Set<String>] = [:]
        for permission in permissions {
            actions[Place(values: permission.resources, conditions: permission.conditions), default: []]
                .formUnion(permission.actions)
        }
        var resources: [Place: Set<String>] = [:]
        for (place, actions) in actions {
            resources[Place(values: actions, conditions: place.conditions), default: []].formUnion(place.values)
        }
        return resources.map { Permission($0.key.values, on: $0.value, conditions: $0.key.conditions) }
            .sorted { $0.order.lexicographicallyPrecedes($1.order) }
    }

    /// One policy document.
    public var json: String { get throws { try Self.document(statements).indentedJSON } }

    /// Several documents of one line each, none longer than `limit` but for a statement that is so alone.
    public func split(limit: Int) throws -> [String] {
        var documents: [[Permission]] = [[]]
        for statement in statements {
            let longer = documents[documents.count - 1] + [statement]
            if try !documents[documents.count - 1].isEmpty && Self.document(longer).json.count > limit {
                documents.append([statement])
            } else {
                documents[documents.count - 1] = longer
            }
        }
        return try documents.map { try Self.document($0).json }
    }

    private static func document(_ statements: [Permission]) -> PolicyDocument {
        var numbers: [String: Int] = [:]
        return PolicyDocument(
            statements.map { statement in
                let service = statement.actions.min()?.prefix { $0 != ":" } ?? ""
                let name = service.split(separator: "-").map(\.capitalized).joined()
                numbers[name, default: 0] += 1
                return PolicyDocument.Statement(
                    "\(name)\(numbers[name, default: 0])", actions: statement.actions.sorted(),
                    resources: statement.resources.sorted(),
                    conditions: statement.conditions.isEmpty ? nil : statement.conditions)
            })
    }
}

extension Permission {
    /// Its place in a policy; the same in every run.
    fileprivate var order: [String] { actions.sorted() + [""] + resources.sorted() }
}
