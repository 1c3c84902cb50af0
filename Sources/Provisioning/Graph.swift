import Foundation

/// The resources of a stack with their edges, for one kind of cloud.
///
/// A resource can only refer to outputs of resources added before it, so the order of adding is a topological order and
/// there are no cycles.
public struct Graph<Cloud: Sendable>: Sendable {
    /// A resource in its place.
    public struct Node: Sendable {
        public let id: NodeID
        public let step: StepID
        public let resource: any Resource<Cloud>
        public let presence: Presence
        /// Nodes that must stand before this one is made, in the order of the graph.
        public let dependencies: [NodeID]
        public let tags: IdentityTags
        /// The settings with every reference symbolic.
        let document: ResourceDocument

        public var slice: SliceID { SliceID(region: id.region, step: step) }
        public var type: String { Swift.type(of: resource).type }
    }

    /// Whether a resource is to be there, to be gone, or to be left as it is.
    public enum Presence: String, Sendable, Codable { case present, absent, kept }

    public let stack: String
    public private(set) var nodes: [Node] = []
    private var indices: [NodeID: Int] = [:]

    public init(stack: String) {
        self.stack = stack
    }

    /// nil: the graph has no such node.
    public subscript(id: NodeID) -> Node? { indices[id].map { nodes[$0] } }

    /// All slices, in order of step and region.
    public var slices: [SliceID] { Set(nodes.map(\.slice)).sorted() }

    /// Adds a resource. Its edges are the outputs it refers to, and `after`.
    ///
    /// - Parameter presence: `.absent` for what an earlier or larger form of the stack may have left: it is looked for
    ///   and deleted.
    public mutating func add<R: Resource>(
        _ name: String, in region: String, step: StepID, _ resource: R, presence: Presence = .present,
        after: [NodeID] = []
    ) throws -> Placed<R> where R.Cloud == Cloud {
        let id = NodeID(region: region, name: name)
        precondition(indices[id] == nil, "\(id) is in the graph twice")
        let document = try ResourceDocument(resource)
        let dependencies = Set(document.references.map(\.node) + after)
        let known = dependencies.compactMap { indices[$0] }.sorted().map { nodes[$0].id }
        precondition(
            known.count == dependencies.count, "\(id) refers to \(dependencies.subtracting(known)), not added before it"
        )
        indices[id] = nodes.count
        nodes.append(
            Node(
                id: id, step: step, resource: resource, presence: presence,
                dependencies: known,
                tags: IdentityTags(stack: stack, step: step, id: name, name: "\(stack)-\(name)"),
                document: document))
        return Placed(id: id)
    }

    /// The same graph with nothing in it wanted, but for what is shared with other stacks and the nodes in `kept`, which
    /// are left as they are.
    public func absent(keeping kept: Set<NodeID>) -> Graph {
        var graph = self
        graph.nodes = nodes.map {
            let isKept = kept.contains($0.id) || $0.resource.isShared
            return Node(
                id: $0.id, step: $0.step, resource: $0.resource, presence: isKept ? .kept : .absent,
                dependencies: $0.dependencies, tags: $0.tags, document: $0.document)
        }
        return graph
    }

    /// `ids` and all that they need, near and far.
    public func closure(of ids: some Sequence<NodeID>) -> Set<NodeID> {
        var found: Set<NodeID> = []
        var open = Array(ids)
        while let id = open.popLast() {
            guard found.insert(id).inserted, let node = self[id] else { continue }
            open += node.dependencies
        }
        return found
    }
}

/// A resource in a graph; the typed outputs of its type stand in extensions: `vpc.id`.
public struct Placed<R: Resource>: Sendable {
    public let id: NodeID

    /// A reference to the output `name`.
    public func output(_ name: String) -> Input { .output(OutputReference(node: id, output: name)) }
}

/// A resource's settings as canonical JSON (sorted keys), with the outputs they refer to.
struct ResourceDocument: Sendable {
    let json: String
    let references: [OutputReference]

    /// - Parameter values: outputs to put in place of their references.
    init(_ resource: some Encodable, values: Values = Values()) throws {
        let collector = ReferenceCollector()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.userInfo = [.references: collector, .values: values]
        json = String(decoding: try encoder.encode(resource), as: UTF8.self)
        references = collector.references
    }

    /// True when no reference was left open.
    var isResolved: Bool { !json.contains("\"$output\"") && !json.contains("\"$join\"") }
}
