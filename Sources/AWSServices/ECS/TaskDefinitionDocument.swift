public import AWSCore

extension ECS {
    /// A task definition with every member that ECS reports, those included that `ECS.TaskDefinition` does not know
    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTaskDefinition.html).
    public struct DescribeTaskDefinitionDocument: AWSOperation {
        public static var service: AWSService { ECS.service }
        public static var action: String { "DescribeTaskDefinition" }

        /// A family (its latest active revision), "family:revision" or an ARN.
        public var taskDefinition: String
        public var include: [String]

        public init(taskDefinition: String, include: [String] = ["TAGS"]) {
            self.taskDefinition = taskDefinition
            self.include = include
        }

        public struct Output: Decodable, Sendable {
            public var taskDefinition: JSONDocument
            public var tags: [Tag]
        }
    }
}

/// Any JSON. A boolean is the number 1 or 0: the answers' decoder does not tell them apart.
public indirect enum JSONDocument: Decodable, Sendable, Equatable {
    case null
    case number(Double)
    case text(String)
    case list([JSONDocument])
    case object([String: JSONDocument])

    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    public init(from decoder: any Decoder) throws {
        let scalar = try decoder.singleValueContainer()
        if scalar.decodeNil() {
            self = .null
        } else if let text = try? scalar.decode(String.self) {
            self = .text(text)
        } else if let number = try? scalar.decode(Double.self) {
            self = .number(number)
        } else if let flag = try? scalar.decode(Bool.self) {
            self = .number(flag ? 1 : 0)
        } else if var elements = try? decoder.unkeyedContainer() {
            var list: [JSONDocument] = []
            while !elements.isAtEnd { list.append(try elements.decode(JSONDocument.self)) }
            self = .list(list)
        } else {
            let container = try decoder.container(keyedBy: Key.self)
            var members: [String: JSONDocument] = [:]
            for key in container.allKeys {
                members[key.stringValue] =
                    try container.decodeNil(forKey: key) ? .null : container.decode(JSONDocument.self, forKey: key)
            }
            self = .object(members)
        }
    }
}
