/// One service in one region, and the family of its revisions.
public struct ReleaseTarget: Sendable, Hashable, Codable, CustomStringConvertible {
    public var region: String
    public var cluster: String
    public var service: String
    public var family: String

    public init(region: String, cluster: String, service: String, family: String) {
        self.region = region
        self.cluster = cluster
        self.service = service
        self.family = family
    }

    /// "ap-northeast-1/ticket-public-svc"
    public var description: String { "\(region)/\(service)" }
}

/// A service's way from one revision to another.
public struct Move: Sendable, Hashable, Codable {
    public var target: ReleaseTarget
    /// ARN of the revision before the release: where a failure ends.
    public var from: String
    /// ARN of the revision that is released; the same as `from` where nothing changed.
    public var to: String
    /// `to` is known good from an earlier release; this one's failure says nothing against it.
    public var isProven: Bool

    public init(_ target: ReleaseTarget, from: String, to: String, isProven: Bool) {
        self.target = target
        self.from = from
        self.to = to
        self.isProven = isProven
    }

    public var isChange: Bool { from != to }
}

/// The part of a release that goes out together; the next waits until it is proven.
public struct Wave: Sendable, Hashable {
    /// From 1.
    public var number: Int
    public var targets: [ReleaseTarget]

    public init(number: Int, targets: [ReleaseTarget]) {
        self.number = number
        self.targets = targets
    }

    /// In the order of the targets.
    public var regions: [String] {
        targets.reduce(into: []) { if !$0.contains($1.region) { $0.append($1.region) } }
    }

    /// "wave 2 (ap-northeast-1)"
    public var title: String { "wave \(number) (\(regions.joined(separator: ", ")))" }
}

/// In which order regions and services go.
public enum ReleaseStrategy: String, Sendable, CaseIterable, Codable {
    /// A region a wave.
    case rolling
    /// One service of the first region, then the others of that region, then a region a wave.
    case canary

    /// - Parameters:
    ///   - targets: in the stack's order of services.
    ///   - primary: the region that goes last: it has most of the traffic, and what fails before it was never there.
    public func waves(of targets: [ReleaseTarget], primary: String) -> [Wave] {
        let regions = Wave(number: 0, targets: targets).regions
        var groups = (regions.filter { $0 != primary } + regions.filter { $0 == primary }).map { region in
            targets.filter { $0.region == region }
        }
        if self == .canary, let first = groups.first, first.count > 1 {
            groups.replaceSubrange(0..<1, with: [Array(first.prefix(1)), Array(first.dropFirst())])
        }
        return groups.enumerated().map { Wave(number: $0.offset + 1, targets: $0.element) }
    }
}
