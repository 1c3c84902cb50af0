extension EC2 {
    /// A condition of a listing, "tag:Name" or "vpc-id" and the values it may have.
    public struct Filter: Encodable, Sendable {
        public var name: String
        public var values: [String]

        public init(_ name: String, _ values: [String]) {
            self.name = name
            self.values = values
        }
    }

    /// A switch as the Modify calls want it.
    public struct AttributeBooleanValue: Codable, Sendable {
        public var value: Bool

        public init(value: Bool) { self.value = value }
    }
}
