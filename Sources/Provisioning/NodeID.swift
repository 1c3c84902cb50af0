/// Names one resource of a stack: the slice it is made in and its name there, "ap-northeast-1/vpc".
public struct NodeID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// A region, or `NodeID.global` for what an account has once.
    public var region: String
    /// Unique within the region: lower-case words joined by '-'. It is the tag `tickctl:id`.
    public var name: String

    public static let global = "global"

    public init(region: String, name: String) {
        self.region = region
        self.name = name
    }

    public var description: String { "\(region)/\(name)" }

    public static func < (left: NodeID, right: NodeID) -> Bool {
        (left.region, left.name) < (right.region, right.name)
    }
}

extension NodeID: Codable {
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let slash = text.firstIndex(of: "/") else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "\"\(text)\" is not REGION/NAME"))
        }
        self.init(region: String(text[..<slash]), name: String(text[text.index(after: slash)...]))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// One step of a stack, "03-dataplane": a named slice of the graph. Steps order by their number.
public struct StepID: Sendable, Hashable, Comparable, Codable, CustomStringConvertible, ExpressibleByStringLiteral {
    public var name: String

    public init(_ name: String) { self.name = name }
    public init(stringLiteral value: String) { self.init(value) }
    public init(from decoder: any Decoder) throws { name = try decoder.singleValueContainer().decode(String.self) }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }

    public var description: String { name }
    public static func < (left: StepID, right: StepID) -> Bool { left.name < right.name }
}

/// A step in one region: what one stamp is about.
public struct SliceID: Sendable, Hashable, Comparable, CustomStringConvertible {
    public var region: String
    public var step: StepID

    public init(region: String, step: StepID) {
        self.region = region
        self.step = step
    }

    public var description: String { "\(region)/\(step)" }

    public static func < (left: SliceID, right: SliceID) -> Bool {
        (left.step, left.region) < (right.step, right.region)
    }
}
