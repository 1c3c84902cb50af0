import AWSServices

/// A tag as the services that write lists of pairs know it.
protocol TagPair {
    var key: String { get }
    var value: String { get }
    init(key: String, value: String)
}

extension DynamoDB.Tag: TagPair {}
extension ECR.Tag: TagPair {}
extension ECS.Tag: TagPair {}
extension ElastiCache.Tag: TagPair {}
extension IAM.Tag: TagPair {}
extension RDS.Tag: TagPair {}
extension S3.Tag: TagPair {}
extension SecretsManager.Tag: TagPair {}

extension Array where Element: TagPair {
    /// The list of `tags`, by key.
    init(_ tags: [String: String]) {
        self = tags.sorted { $0.key < $1.key }.map { Element(key: $0.key, value: $0.value) }
    }

    var byKey: [String: String] { Dictionary(map { ($0.key, $0.value) }, uniquingKeysWith: { $1 }) }
}
