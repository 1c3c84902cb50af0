public import AWSCore
public import Provisioning

/// One AWS account as the resources see it: typed calls, and list reads shared between resources.
public struct AWSCloud: Sendable {
    public let client: AWSClient
    /// Twelve digits, from STS.
    public let account: String
    /// "aws", "aws-cn" or "aws-us-gov".
    public let partition: String
    /// For the images of step 01.
    public let images: (any ImagePublisher)?
    /// For step 08, when the caller named a database.
    public let database: (any DatabaseMigrator)?
    private let reads = SharedReads()

    public init(
        client: AWSClient, account: String, partition: String = "aws", images: (any ImagePublisher)? = nil,
        database: (any DatabaseMigrator)? = nil
    ) {
        self.client = client
        self.account = account
        self.partition = partition
        self.images = images
        self.database = database
    }

    /// Sends `operation` to `region`; in the global slice to us-east-1, where IAM and CloudFront sign.
    public func send<Operation: AWSOperation>(
        _ operation: Operation, region: String
    ) async throws -> Operation.Output {
        try await client.send(operation, region: region == NodeID.global ? "us-east-1" : region)
    }

    /// The answer to `load`, shared with every resource that asks for `key` in `region`: at most one such read is under
    /// way and one waits, and an answer whose read began before `notBefore` is never given.
    ///
    /// - Parameter key: the API's action and its scope, "ec2:DescribeVpcs".
    public func shared<Value: Sendable>(
        _ key: String, region: String, notBefore: ContinuousClock.Instant,
        load: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await reads.value(for: "\(region) \(key)", notBefore: notBefore, load: load)
    }
}

extension Scope<AWSCloud> {
    /// Sends `operation` to this resource's region.
    public func send<Operation: AWSOperation>(_ operation: Operation) async throws -> Operation.Output {
        try await cloud.send(operation, region: region)
    }

    /// A list read shared within the region, no older than this scope allows.
    public func shared<Value: Sendable>(
        _ key: String, load: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await cloud.shared(key, region: region, notBefore: notBefore, load: load)
    }

    /// "arn:aws:sqs:ap-northeast-1:123456789012:name" for a name in this region.
    public func arn(_ service: String, _ resource: String) -> String {
        "arn:\(cloud.partition):\(service):\(region):\(cloud.account):\(resource)"
    }
}
