public import Foundation

extension DynamoDB {
    /// One value of an item.
    ///
    /// Numbers travel as decimal text, 38 digits at most; sets hold each element once and are never empty.
    /// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html)
    public enum AttributeValue: Codable, Sendable, Hashable {
        case text(String)
        case number(decimal: String)
        case binary(Data)
        case boolean(Bool)
        case null
        case textSet(Set<String>)
        /// Decimals.
        case numberSet(Set<String>)
        case list([AttributeValue])
        case map([String: AttributeValue])

        public static func number(_ number: Int) -> AttributeValue { .number(decimal: String(number)) }
        public static func number(_ number: Int64) -> AttributeValue { .number(decimal: String(number)) }

        /// The text; `nil` for another type.
        public var s: String? { if case .text(let text) = self { text } else { nil } }
        /// The number in decimal; `nil` for another type.
        public var n: String? { if case .number(let decimal) = self { decimal } else { nil } }
        /// The number, when it is a whole one that fits; `nil` otherwise.
        public var integer: Int? { n.flatMap { Int($0) } }
        /// The texts of a set; `nil` for another type.
        public var ss: Set<String>? { if case .textSet(let texts) = self { texts } else { nil } }
        /// The elements of a list; `nil` for another type.
        public var l: [AttributeValue]? { if case .list(let elements) = self { elements } else { nil } }
        /// The members of a map; `nil` for another type.
        public var m: [String: AttributeValue]? { if case .map(let members) = self { members } else { nil } }
        /// `nil` for another type.
        public var bool: Bool? { if case .boolean(let value) = self { value } else { nil } }

        private enum CodingKeys: String, CodingKey {
            case s = "S"
            case n = "N"
            case b = "B"
            case bool = "BOOL"
            case null = "NULL"
            case ss = "SS"
            case ns = "NS"
            case l = "L"
            case m = "M"
        }

        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            guard let key = container.allKeys.first else {
                throw DecodingError.dataCorrupted(
                    DecodingError.Context(
                        codingPath: decoder.codingPath, debugDescription: "an attribute value of no known type"))
            }
            switch key {
            case .s: self = .text(try container.decode(String.self, forKey: .s))
            case .n: self = .number(decimal: try container.decode(String.self, forKey: .n))
            case .b: self = .binary(try container.decode(Data.self, forKey: .b))
            case .bool: self = .boolean(try container.decode(Bool.self, forKey: .bool))
            case .null: self = .null
            case .ss: self = .textSet(Set(try container.decode([String].self, forKey: .ss)))
            case .ns: self = .numberSet(Set(try container.decode([String].self, forKey: .ns)))
            case .l: self = .list(try container.decode([AttributeValue].self, forKey: .l))
            case .m: self = .map(try container.decode([String: AttributeValue].self, forKey: .m))
            }
        }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            switch self {
            case .text(let text): try container.encode(text, forKey: .s)
            case .number(let decimal): try container.encode(decimal, forKey: .n)
            case .binary(let data): try container.encode(data, forKey: .b)
            case .boolean(let value): try container.encode(value, forKey: .bool)
            case .null: try container.encode(true, forKey: .null)
            case .textSet(let texts): try container.encode(texts.sorted(), forKey: .ss)
            case .numberSet(let numbers): try container.encode(numbers.sorted(), forKey: .ns)
            case .list(let elements): try container.encode(elements, forKey: .l)
            case .map(let members): try container.encode(members, forKey: .m)
            }
        }
    }
}
