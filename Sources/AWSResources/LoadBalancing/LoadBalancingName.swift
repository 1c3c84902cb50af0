/// The rule for names of load balancers and target groups
/// (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html).
public enum LoadBalancingName {
    public static let maximumLength = 32

    /// What is wrong with `name`; nil when it may be used.
    public static func problem(in name: String) -> String? {
        if name.isEmpty || name.utf8.count > maximumLength {
            return "\"\(name)\" has \(name.utf8.count) characters: names in a load balancer have 1 to \(maximumLength)"
        }
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        if !isPlain { return "\"\(name)\" may have letters, digits and hyphens only" }
        if name.hasPrefix("-") || name.hasSuffix("-") { return "\"\(name)\" must not begin or end with a hyphen" }
        if name.hasPrefix("internal-") { return "\"\(name)\" must not begin with \"internal-\"" }
        return nil
    }
}
