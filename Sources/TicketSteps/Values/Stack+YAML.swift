internal import StrictYAML
import Yams

extension Stack {
    /// Every value as YAML that `StackSource` reads back, in the order of the properties; what is nil is written `null`.
    public func yaml() throws -> String { try Yams.serialize(node: Self.node(of: self), indent: 2, width: -1) }

    /// The values are walked by reflection, so that no property can be forgotten here.
    private static func node(of value: Any) -> Node {
        switch value {
        case let text as String: return scalar(text)
        case let number as Int: return Node("\(number)", Tag(.int), .plain)
        case let number as Double: return Node(number.decimal, Tag(.float), .plain)
        case let flag as Bool: return Node("\(flag)", Tag(.bool), .plain)
        case let choice as any RawRepresentable<String>: return scalar(choice.rawValue)
        case let texts as [String: String]:
            return .mapping(.init(texts.sorted { $0.key < $1.key }.map { (scalar($0.key), scalar($0.value)) }))
        default: break
        }
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .optional: return mirror.children.first.map { node(of: $0.value) } ?? Node("null", Tag(.null), .plain)
        case .collection: return .sequence(.init(mirror.children.map { node(of: $0.value) }))
        default: return .mapping(.init(mirror.children.map { (scalar($0.label ?? ""), node(of: $0.value)) }))
        }
    }

    /// In quotes where YAML would take the plain text for something else.
    private static func scalar(_ text: String) -> Node {
        let isPlain = Resolver.default.resolveTag(of: Node(text)) == .str
        return Node(text, Tag(.str), isPlain ? .any : .doubleQuoted)
    }
}
