/// Which node types ElastiCache offers, and where.
///
/// Families and sizes: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html, of those that
/// Redis 7 runs on in cluster mode with TLS. Not r6gd, which takes data tiering, nor the families that AWS makes no new
/// nodes of.
enum CacheNodeType {
    private static let graviton = ["large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"]
    private static let intel = ["large", "xlarge", "2xlarge", "4xlarge", "12xlarge", "24xlarge"]
    private static let burstable = ["micro", "small", "medium"]

    private static let sizes: KeyValuePairs = [
        "r7g": graviton, "r6g": graviton, "m7g": graviton, "m6g": graviton, "c7gn": graviton, "r5": intel, "m5": intel,
        "t4g": burstable, "t3": burstable,
    ]

    /// The regions whose families the same page names as all there are.
    private static let restricted: [String: Set<String>] = [
        "ap-southeast-7": ["m7g", "r7g", "t3", "t4g"], "mx-central-1": ["m7g", "r7g", "t3", "t4g"],
    ]

    /// Why `type` cannot be used in `region`, with what can; nil when nothing speaks against it.
    static func problem(_ type: String, in region: String) -> String? {
        let parts = type.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, parts[0] == "cache", let offered = sizes.first(where: { $0.key == parts[1] })?.value
        else {
            return "\"\(type)\" is not a node type for Redis 7; take one of the families "
                + sizes.map { "cache.\($0.key)" }.joined(separator: ", ") + ", such as cache.r7g.large"
        }
        guard offered.contains(parts[2]) else {
            return "cache.\(parts[1]) has no size \"\(parts[2])\"; its sizes are \(offered.joined(separator: ", "))"
        }
        guard let families = restricted[region], !families.contains(parts[1]) else { return nil }
        let instead = sizes.filter { families.contains($0.key) && $0.value.contains(parts[2]) }
            .map { "cache.\($0.key).\(parts[2])" }
        let others = sizes.filter { families.contains($0.key) }.map { "cache.\($0.key)" }
        return "\(type) is not offered in \(region); use "
            + (instead.isEmpty ? "one of \(others.joined(separator: ", "))" : instead.joined(separator: " or "))
    }
}
