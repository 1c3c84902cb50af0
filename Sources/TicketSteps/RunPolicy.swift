public import AWSResources
import Foundation
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
        statements = Self.joined(permissions)
    }

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
            .sorted { ($0.actions.sorted().joined(), $0.resources.sorted().joined()) < ($1.actions.sorted().joined(), $1.resources.sorted().joined()) }
    }

    /// One policy document.
    public func json(isPretty: Bool) throws -> String { try Self.document(statements, isPretty: isPretty) }

    /// Several documents, none longer than `limit` but for a statement that is so alone.
    public func split(limit: Int) throws -> [String] {
        var documents: [[Permission]] = [[]]
        for statement in statements {
            let longer = documents[documents.count - 1] + [statement]
            if try !documents[documents.count - 1].isEmpty && Self.document(longer, isPretty: false).count > limit {
                documents.append([statement])
            } else {
                documents[documents.count - 1] = longer
            }
        }
        return try documents.map { try Self.document($0, isPretty: false) }
    }

    private struct Document: Encodable {
        struct Statement: Encodable {
            var Sid: String
            var Effect = "Allow"
            var Action: [String]
            var Resource: [String]
            var Condition: [String: [String: [String]]]?
        }

        var Version = "2012-10-17"
        var Statement: [Statement]
    }

    private static func document(_ statements: [Permission], isPretty: Bool) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
        var names: [String: Int] = [:]
        let document = Document(
            Statement: statements.map { statement in
                let service = statement.actions.sorted().first?.split(separator: ":").first.map(String.init) ?? ""
                let name = service.split(separator: "-").map(\.capitalized).joined()
                names[name, default: 0] += 1
                return Document.Statement(
                    Sid: "\(name)\(names[name] ?? 0)", Action: statement.actions.sorted(),
                    Resource: statement.resources.sorted(),
                    Condition: statement.conditions.isEmpty ? nil : statement.conditions)
            })
        return String(decoding: try encoder.encode(document), as: UTF8.self)
    }
}
