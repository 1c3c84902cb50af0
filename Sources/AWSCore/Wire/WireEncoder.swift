import Foundation

extension WireValue {
    /// - Throws: whatever the value's own `encode(to:)` throws.
    init(encoding value: any Encodable) throws {
        let node = Node()
        try node.encode(value, path: [])
        self = node.value
    }
}

/// A place in the tree under construction; containers hold a reference to theirs.
private final class Node {
    enum Content {
        case nothing
        case scalar(WireValue)
        case list([Node])
        case keyed([(name: String, node: Node)])
    }

    var content = Content.nothing
    var isMap = false

    var value: WireValue {
        switch content {
        case .nothing: .structure([])
        case .scalar(let value): value
        case .list(let nodes): .list(nodes.map(\.value))
        case .keyed(let members) where isMap:
            .map(members.map { (key: $0.name, value: $0.node.value) }.sorted { $0.key < $1.key })
        case .keyed(let members): .structure(members.map { (name: $0.name, value: $0.node.value) })
        }
    }

    func encode<Value: Encodable>(_ value: Value, path: [any CodingKey]) throws {
        // Types are compared where they can be: casts take longer than all the rest.
        if Value.self == String.self, let text = value as? String {
            content = .scalar(.string(text))
        } else if Value.self == Date.self, let date = value as? Date {
            content = .scalar(.date(date))
        } else if Value.self == Data.self, let data = value as? Data {
            content = .scalar(.data(data))
        } else {
            if Value.self is any StringKeyedMap.Type {
                isMap = true
                content = .keyed([])
            }
            try value.encode(to: NodeEncoder(node: self, codingPath: path))
        }
    }

    func makeKeyed() {
        if case .keyed = content { return }
        content = .keyed([])
    }

    func makeList() {
        if case .list = content { return }
        content = .list([])
    }

    func member(_ name: String) -> Node {
        let node = Node()
        guard case .keyed(var members) = content else { return node }
        // Without this the array would be copied for every member.
        content = .nothing
        members.append((name: name, node: node))
        content = .keyed(members)
        return node
    }

    func element() -> Node {
        let node = Node()
        guard case .list(var nodes) = content else { return node }
        content = .nothing
        nodes.append(node)
        content = .list(nodes)
        return node
    }

    func setScalar(_ value: any Encodable) {
        let scalar: WireValue =
            switch value {
            case let value as Bool: .bool(value)
            case let value as String: .string(value)
            case let value as any BinaryInteger: .integer(Int64(clamping: value))
            case let value as any BinaryFloatingPoint: .double(Double(value))
            default: .null
            }
        content = .scalar(scalar)
    }
}

/// Marks dictionaries, whose keys are data and not member names.
private protocol StringKeyedMap {}
extension Dictionary: StringKeyedMap {}

private struct NodeEncoder: Encoder {
    let node: Node
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        node.makeKeyed()
        return KeyedEncodingContainer(KeyedNode(node: node, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        node.makeList()
        return ListNode(node: node, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        ScalarNode(node: node, codingPath: codingPath)
    }
}

private struct KeyedNode<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let node: Node
    let codingPath: [any CodingKey]

    /// A null member is not sent.
    func encodeNil(forKey key: Key) {}

    func encode(_ value: String, forKey key: Key) { node.member(key.stringValue).content = .scalar(.string(value)) }

    func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
        try node.member(key.stringValue).encode(value, path: codingPath + [key])
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        NodeEncoder(node: node.member(key.stringValue), codingPath: codingPath + [key]).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        NodeEncoder(node: node.member(key.stringValue), codingPath: codingPath + [key]).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { NodeEncoder(node: node.member("super"), codingPath: codingPath) }

    func superEncoder(forKey key: Key) -> any Encoder {
        NodeEncoder(node: node.member(key.stringValue), codingPath: codingPath + [key])
    }
}

private struct ListNode: UnkeyedEncodingContainer {
    let node: Node
    let codingPath: [any CodingKey]

    var count: Int {
        if case .list(let nodes) = node.content { nodes.count } else { 0 }
    }

    func encodeNil() { node.element().content = .scalar(.null) }

    func encode<Value: Encodable>(_ value: Value) throws {
        try node.element().encode(value, path: codingPath)
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        NodeEncoder(node: node.element(), codingPath: codingPath).container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        NodeEncoder(node: node.element(), codingPath: codingPath).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { NodeEncoder(node: node.element(), codingPath: codingPath) }
}

private struct ScalarNode: SingleValueEncodingContainer {
    let node: Node
    let codingPath: [any CodingKey]

    func encodeNil() { node.content = .scalar(.null) }
    func encode(_ value: Bool) { node.setScalar(value) }
    func encode(_ value: String) { node.content = .scalar(.string(value)) }
    func encode(_ value: Double) { node.setScalar(value) }
    func encode(_ value: Float) { node.setScalar(value) }
    func encode(_ value: Int) { node.setScalar(value) }
    func encode(_ value: Int8) { node.setScalar(value) }
    func encode(_ value: Int16) { node.setScalar(value) }
    func encode(_ value: Int32) { node.setScalar(value) }
    func encode(_ value: Int64) { node.setScalar(value) }
    func encode(_ value: UInt) { node.setScalar(value) }
    func encode(_ value: UInt8) { node.setScalar(value) }
    func encode(_ value: UInt16) { node.setScalar(value) }
    func encode(_ value: UInt32) { node.setScalar(value) }
    func encode(_ value: UInt64) { node.setScalar(value) }
    func encode<Value: Encodable>(_ value: Value) throws { try node.encode(value, path: codingPath) }
}
