/// The outputs known at one moment of a run, node by node.
public struct Values: Sendable, Equatable {
    private var outputs: [NodeID: [String: String]]

    public init(_ outputs: [NodeID: [String: String]] = [:]) {
        self.outputs = outputs
    }

    /// nil: not known yet.
    public subscript(reference: OutputReference) -> String? { outputs[reference.node]?[reference.output] }

    /// All outputs of a resource; nil: none is known.
    public subscript(node: NodeID) -> [String: String]? {
        get { outputs[node] }
        set { outputs[node] = newValue }
    }

    /// The text of `input`, or nil while one of its outputs is not known.
    public func known(_ input: Input) -> String? {
        switch input {
        case .value(let text):
            return text
        case .output(let reference):
            return self[reference]
        case .joined(let parts):
            var text = ""
            for part in parts {
                guard let known = known(part) else { return nil }
                text += known
            }
            return text
        }
    }
}
