import AWSServices

/// A share of tasks on one capacity provider.
public struct CapacityProvider: Sendable, Encodable, Equatable, CustomStringConvertible {
    /// "FARGATE" or "FARGATE_SPOT".
    public var name: String
    /// Share of the tasks beyond `base`, relative to the others' weights.
    public var weight: Int
    /// Tasks that run there before any other.
    public var base: Int

    public init(_ name: String, weight: Int, base: Int = 0) {
        self.name = name
        self.weight = weight
        self.base = base
    }

    init(_ item: ECS.CapacityProviderStrategyItem) {
        self.init(item.capacityProvider, weight: item.weight ?? 0, base: item.base ?? 0)
    }

    var item: ECS.CapacityProviderStrategyItem { .init(capacityProvider: name, weight: weight, base: base) }

    public var description: String { "\(name) weight \(weight) base \(base)" }

    /// One text for a strategy, whatever its order.
    static func text(_ strategy: [CapacityProvider]) -> String {
        strategy.map(\.description).sorted().joined(separator: ", ")
    }
}
