import Foundation

/// A place in a parsed answer of any protocol.
protocol WireSource {
    var isNull: Bool { get }
    /// Nothing is there: `nil` for everything but text and collections.
    var isEmpty: Bool { get }
    /// Whether dictionaries are written otherwise than structures.
    static var hasMaps: Bool { get }
    /// The same place read as a dictionary.
    var asMap: Self { get }
    var memberNames: [String] { get }
    func member(_ name: String) -> Self?
    /// With a member more.
    func setting(_ name: String, to text: String) -> Self
    var items: [Self]? { get }
    var string: String? { get }
    var bool: Bool? { get }
    var integer: Int64? { get }
    var double: Double? { get }
    var data: Data? { get }
    var date: Date? { get }
}

extension WireSource {
    /// - Throws: `DecodingError` naming the path of the member that is missing or of another type.
    func decode<Output: Decodable>(_ type: Output.Type) throws -> Output {
        try decode(type, path: [])
    }

    fileprivate func decode<Value: Decodable>(_ type: Value.Type, path: [any CodingKey]) throws -> Value {
        func typed(_ value: Any?) throws -> Value {
            guard let value = value as? Value else { throw Self.mismatch(type, path) }
            return value
        }
        if type == Date.self { return try typed(date) }
        if type == Data.self { return try typed(data) }
        let source = Self.hasMaps && type is any WireMap.Type ? asMap : self
        return try Value(from: SourceDecoder(source: source, codingPath: path))
    }

    fileprivate static func mismatch(_ type: any Any.Type, _ path: [any CodingKey]) -> DecodingError {
        .typeMismatch(
            type, DecodingError.Context(codingPath: path, debugDescription: "the answer's value is no \(type)"))
    }
}

/// What decodes as empty from nothing.
private protocol WireCollection {
    static var empty: Self { get }
}
private protocol WireMap {}
extension Array: WireCollection { static var empty: [Element] { [] } }
extension Set: WireCollection { static var empty: Set<Element> { [] } }
extension Dictionary: WireCollection, WireMap { static var empty: [Key: Value] { [:] } }

private struct SourceDecoder<Source: WireSource>: Decoder {
    let source: Source
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(KeyedSource<Source, Key>(source: source, codingPath: codingPath))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard let items = source.items else { throw Source.mismatch([Any].self, codingPath) }
        return ListSource(items: items, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer {
        ScalarSource(source: source, codingPath: codingPath)
    }
}

private struct KeyedSource<Source: WireSource, Key: CodingKey>: KeyedDecodingContainerProtocol {
    let source: Source
    let codingPath: [any CodingKey]

    var allKeys: [Key] { source.memberNames.compactMap(Key.init(stringValue:)) }

    func contains(_ key: Key) -> Bool { source.member(key.stringValue) != nil }

    func decodeNil(forKey key: Key) -> Bool { source.member(key.stringValue)?.isNull ?? true }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        guard let member = source.member(key.stringValue), !member.isNull else {
            if let collection = type as? any WireCollection.Type, let empty = collection.empty as? Value {
                return empty
            }
            throw DecodingError.keyNotFound(
                key, DecodingError.Context(codingPath: codingPath, debugDescription: "the answer lacks it"))
        }
        return try member.decode(type, path: codingPath + [key])
    }

    func decode(_ type: String.Type, forKey key: Key) throws -> String {
        guard let member = source.member(key.stringValue), !member.isNull else {
            throw DecodingError.keyNotFound(
                key, DecodingError.Context(codingPath: codingPath, debugDescription: "the answer lacks it"))
        }
        guard let text = member.string else { throw Source.mismatch(type, codingPath + [key]) }
        return text
    }

    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        guard let member = source.member(key.stringValue), !member.isNull else { return nil }
        if member.isEmpty, !(type is any WireCollection.Type) { return nil }
        return try member.decode(type, path: codingPath + [key])
    }

    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
        guard let member = source.member(key.stringValue), !member.isNull else { return nil }
        guard let text = member.string else { throw Source.mismatch(type, codingPath + [key]) }
        return text
    }

    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try scalar(type, key) }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { try scalar(type, key) }
    func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? { try scalar(type, key) }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try scalar(type, key) }
    func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? { try scalar(type, key) }
    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? { try scalar(type, key) }

    private func scalar<Value: Decodable>(_ type: Value.Type, _ key: Key) throws -> Value? {
        guard let member = source.member(key.stringValue), !member.isEmpty else { return nil }
        return try member.decode(type, path: codingPath + [key])
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try superDecoder(forKey: key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try superDecoder(forKey: key).unkeyedContainer()
    }

    func superDecoder() -> any Decoder { SourceDecoder(source: source, codingPath: codingPath) }

    func superDecoder(forKey key: Key) throws -> any Decoder {
        guard let member = source.member(key.stringValue) else {
            throw DecodingError.keyNotFound(
                key, DecodingError.Context(codingPath: codingPath, debugDescription: "the answer lacks it"))
        }
        return SourceDecoder(source: member, codingPath: codingPath + [key])
    }
}

private struct ListSource<Source: WireSource>: UnkeyedDecodingContainer {
    let items: [Source]
    let codingPath: [any CodingKey]
    var currentIndex = 0

    init(items: [Source], codingPath: [any CodingKey]) {
        self.items = items
        self.codingPath = codingPath
    }

    var count: Int? { items.count }
    var isAtEnd: Bool { currentIndex >= items.count }

    private mutating func next() throws -> Source {
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                Any.self, DecodingError.Context(codingPath: codingPath, debugDescription: "the list is over"))
        }
        defer { currentIndex += 1 }
        return items[currentIndex]
    }

    mutating func decodeNil() -> Bool {
        guard !isAtEnd, items[currentIndex].isNull else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try next().decode(type, path: codingPath)
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try superDecoder().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try superDecoder().unkeyedContainer()
    }

    mutating func superDecoder() throws -> any Decoder {
        SourceDecoder(source: try next(), codingPath: codingPath)
    }
}

private struct ScalarSource<Source: WireSource>: SingleValueDecodingContainer {
    let source: Source
    let codingPath: [any CodingKey]

    func decodeNil() -> Bool { source.isNull }

    private func value<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw Source.mismatch(Value.self, codingPath) }
        return value
    }

    private func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws -> Value {
        try value(source.integer.flatMap(Value.init(exactly:)))
    }

    func decode(_ type: Bool.Type) throws -> Bool { try value(source.bool) }
    func decode(_ type: String.Type) throws -> String { try value(source.string) }
    func decode(_ type: Double.Type) throws -> Double { try value(source.double) }
    func decode(_ type: Float.Type) throws -> Float { try Float(value(source.double)) }
    func decode(_ type: Int.Type) throws -> Int { try integer(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try integer(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer(type) }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try source.decode(type, path: codingPath)
    }
}
