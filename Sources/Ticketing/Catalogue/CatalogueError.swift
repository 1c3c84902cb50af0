/// A catalogue that cannot be sold from.
public struct CatalogueError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Where: "event", "section A", "section A, seat R1C1".
    public var place: String
    public var reason: String

    public init(place: String, reason: String) {
        self.place = place
        self.reason = reason
    }

    public var description: String { "catalogue: \(place): \(reason)" }
}
