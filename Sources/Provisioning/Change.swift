/// One setting that is not as desired.
public struct Change: Sendable, Hashable, Codable {
    /// "visibilityTimeout", "ingress[tcp 443 from 0.0.0.0/0]".
    public var setting: String
    /// As it is; nil: absent.
    public var from: String?
    /// As it should be; nil: absent.
    public var to: String?
    /// True when the cloud cannot change it in place.
    public var isImmutable: Bool

    /// `from`, `to`: nil where the setting is absent on that side.
    public init(_ setting: String, from: String?, to: String?, isImmutable: Bool = false) {
        self.setting = setting
        self.from = from
        self.to = to
        self.isImmutable = isImmutable
    }

    /// What stands for a value that only the run will know.
    public static let unknown = "(known after apply)"
}

/// Collects the differences of one resource, in a fixed order.
public struct ChangeList: Sendable {
    public private(set) var changes: [Change] = []

    public init() {}

    /// Compares as text; `observed` nil is absent.
    public mutating func compare(
        _ setting: String, observed: (some CustomStringConvertible)?, desired: (some CustomStringConvertible)?,
        isImmutable: Bool = false
    ) {
        let (from, to) = (observed?.description, desired?.description)
        if from != to { changes.append(Change(setting, from: from, to: to, isImmutable: isImmutable)) }
    }

    /// Compares with an input that may not be known yet: unknown counts as a change.
    public mutating func compare(
        _ setting: String, observed: String?, desired: Input, in values: Values, isImmutable: Bool = false
    ) {
        let to = values.known(desired)
        if to == nil || observed != to {
            changes.append(Change(setting, from: observed, to: to ?? Change.unknown, isImmutable: isImmutable))
        }
    }

    /// Compares two maps key by key: `setting[key]`.
    public mutating func compare(
        _ setting: String, observed: [String: String], desired: [String: String], isImmutable: Bool = false
    ) {
        for key in Set(observed.keys).union(desired.keys).sorted() {
            compare("\(setting)[\(key)]", observed: observed[key], desired: desired[key], isImmutable: isImmutable)
        }
    }

    /// Compares two sets member by member: `setting[member]` from or to "present".
    public mutating func compare(
        _ setting: String, observed: Set<String>, desired: Set<String>, isImmutable: Bool = false
    ) {
        for member in observed.symmetricDifference(desired).sorted() {
            let isDesired = desired.contains(member)
            changes.append(
                Change(
                    "\(setting)[\(member)]", from: isDesired ? nil : "present", to: isDesired ? "present" : nil,
                    isImmutable: isImmutable))
        }
    }
}
