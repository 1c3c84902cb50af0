/// What a resource may use while it reads or changes the cloud.
public struct Scope<Cloud: Sendable>: Sendable {
    public let cloud: Cloud
    public let node: NodeID
    public let tags: IdentityTags
    public let values: Values
    /// Reads must not answer with anything older than this.
    public let notBefore: ContinuousClock.Instant

    public init(
        cloud: Cloud, node: NodeID, tags: IdentityTags, values: Values, notBefore: ContinuousClock.Instant
    ) {
        self.cloud = cloud
        self.node = node
        self.tags = tags
        self.values = values
        self.notBefore = notBefore
    }

    public var region: String { node.region }

    /// The text of `input`, nil while it is not known. For `read`.
    public func known(_ input: Input) -> String? { values.known(input) }

    /// The text of `input`. For `create`, `update` and `delete`, where everything it depends on stands.
    /// - Throws: `ProvisioningError.unknownInput`.
    public func value(_ input: Input) throws -> String {
        guard let text = values.known(input) else {
            throw ProvisioningError(
                .unknownInput, "\(node) needs \(input.references.map(\.description).joined(separator: ", "))",
                next: "run `tickctl up --with-dependencies`")
        }
        return text
    }
}

/// The tags by which a resource is known as this stack's.
public struct IdentityTags: Sendable, Hashable {
    public static let stackKey = "tickctl:stack"
    public static let stepKey = "tickctl:step"
    public static let idKey = "tickctl:id"

    public var stack: String
    public var step: StepID
    public var id: String
    /// The tag `Name`, what consoles show.
    public var name: String

    public init(stack: String, step: StepID, id: String, name: String) {
        self.stack = stack
        self.step = step
        self.id = id
        self.name = name
    }

    /// All of them, to be sent with the creating call.
    public var all: [String: String] {
        [Self.stackKey: stack, Self.stepKey: step.name, Self.idKey: id, "Name": name]
    }

    /// Whose a resource with `tags` is. The step is not compared: a resource may move between steps.
    public func owner(of tags: [String: String]) -> Owner {
        guard let stack = tags[Self.stackKey] else { return .foreign(reason: "it has no \(Self.stackKey) tag") }
        guard stack == self.stack else { return .foreign(reason: "its tag \(Self.stackKey) is \"\(stack)\"") }
        guard tags[Self.idKey] == id else {
            return .foreign(reason: "its tag \(Self.idKey) is \"\(tags[Self.idKey] ?? "")\", not \"\(id)\"")
        }
        return .ours
    }
}
