/// A setting's value: a text, another resource's output, or texts and outputs joined.
///
/// In a graph's JSON an output stands as `{"$output": "ap-northeast-1/vpc.id"}`, joined parts as `{"$join": [...]}`, so
/// the edges of the graph can be read off the settings.
public indirect enum Input: Sendable, Hashable {
    case value(String)
    case output(OutputReference)
    case joined([Input])

    /// The outputs this value needs.
    public var references: [OutputReference] {
        switch self {
        case .value: []
        case .output(let reference): [reference]
        case .joined(let parts): parts.flatMap(\.references)
        }
    }
}

/// An output of a resource, "ap-northeast-1/vpc.id".
public struct OutputReference: Sendable, Hashable, CustomStringConvertible {
    public var node: NodeID
    public var output: String

    public init(node: NodeID, output: String) {
        self.node = node
        self.output = output
    }

    public var description: String { "\(node).\(output)" }
}

extension Input: ExpressibleByStringInterpolation {
    public init(stringLiteral value: String) { self = .value(value) }

    public init(stringInterpolation: Interpolation) {
        let parts = stringInterpolation.parts
        self = parts.count == 1 ? parts[0] : .joined(parts)
    }

    /// Parts of a text, in order: literal ones and outputs.
    public struct Interpolation: StringInterpolationProtocol {
        var parts: [Input] = []

        public init(literalCapacity: Int, interpolationCount: Int) {}

        public mutating func appendLiteral(_ literal: String) {
            if !literal.isEmpty || parts.isEmpty { parts.append(.value(literal)) }
        }

        public mutating func appendInterpolation(_ input: Input) { parts.append(input) }
        public mutating func appendInterpolation(_ text: some CustomStringConvertible) {
            parts.append(.value(text.description))
        }
    }
}

extension Input: Encodable {
    enum Keys: String, CodingKey {
        case output = "$output"
        case join = "$join"
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .value(let text):
            var container = encoder.singleValueContainer()
            try container.encode(text)
        case .output(let reference):
            (encoder.userInfo[.references] as? ReferenceCollector)?.references.append(reference)
            if let values = encoder.userInfo[.values] as? Values, let known = values[reference] {
                var container = encoder.singleValueContainer()
                try container.encode(known)
            } else {
                var container = encoder.container(keyedBy: Keys.self)
                try container.encode(reference.description, forKey: .output)
            }
        case .joined(let parts):
            if let values = encoder.userInfo[.values] as? Values, let known = values.known(self) {
                references.forEach { (encoder.userInfo[.references] as? ReferenceCollector)?.references.append($0) }
                var container = encoder.singleValueContainer()
                try container.encode(known)
            } else {
                var container = encoder.container(keyedBy: Keys.self)
                try container.encode(parts, forKey: .join)
            }
        }
    }
}

extension CodingUserInfoKey {
    /// `Values` with which to resolve inputs while encoding.
    static let values = CodingUserInfoKey(rawValue: "tickctl.values")!
    /// A `ReferenceCollector` that gathers the outputs met while encoding.
    static let references = CodingUserInfoKey(rawValue: "tickctl.references")!
}

/// Gathers the references of one resource while it is encoded; never leaves that call.
final class ReferenceCollector: @unchecked Sendable {  // userInfo asks for Sendable; used by one encode call only
    var references: [OutputReference] = []
}
