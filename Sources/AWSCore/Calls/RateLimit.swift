/// One row of the services' published limits.
struct RateLimit: Sendable, Equatable {
    /// Signing name; `nil`: any service.
    var service: String?
    var effect: AWSEffect?
    /// Actions that start with one of these; empty: every action.
    var actions: [String] = []
    var burst: Double
    var perSecond: Double
    /// Every action has a bucket of its own; otherwise the row's actions share one.
    var isPerAction = false

    /// The first row that fits.
    static func of(service: AWSService, action: String, effect: AWSEffect) -> RateLimit {
        table.first { row in
            (row.service ?? service.signingName) == service.signingName && (row.effect ?? effect) == effect
                && (row.actions.isEmpty || row.actions.contains(where: action.hasPrefix))
        } ?? RateLimit(burst: 100, perSecond: 20)
    }

    static let table: [RateLimit] = [
        // Data planes have throughput of their own and answer with throttles.
        RateLimit(
            service: "dynamodb",
            actions: ["Get", "Put", "UpdateItem", "DeleteItem", "Query", "Scan", "Batch", "Transact"],
            burst: .infinity, perSecond: 1),
        RateLimit(
            service: "sqs", actions: ["Send", "Receive", "DeleteMessage", "ChangeMessage"], burst: .infinity,
            perSecond: 1),
        // 3,500 writes and 5,500 reads a second and prefix:
        // https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html
        RateLimit(
            service: "s3", actions: ["GetObject", "PutObject", "DeleteObjects", "ListObjectVersions"],
            burst: .infinity, perSecond: 1),
        // One bucket an action, 100 tokens and 20 a second for reads:
        // https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
        RateLimit(service: "ec2", effect: .read, burst: 100, perSecond: 20, isPerAction: true),
        RateLimit(service: "ec2", effect: .write, burst: 50, perSecond: 5, isPerAction: true),
        // 40 tokens and 10 a second for reads:
        // https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-throttling.html
        RateLimit(service: "elasticloadbalancing", effect: .read, burst: 40, perSecond: 10),
        RateLimit(service: "elasticloadbalancing", effect: .write, burst: 40, perSecond: 4),
        // Buckets by kind of action: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
        RateLimit(service: "ecs", effect: .read, burst: 50, perSecond: 20, isPerAction: true),
        RateLimit(service: "ecs", effect: .write, burst: 40, perSecond: 5, isPerAction: true),
        // These publish no figures; ours stay under what is reported to be refused.
        RateLimit(service: "iam", effect: .read, burst: 100, perSecond: 20),
        RateLimit(service: "iam", effect: .write, burst: 100, perSecond: 10),
        RateLimit(service: "cloudfront", burst: 50, perSecond: 5),
        RateLimit(service: "rds", effect: .write, burst: 50, perSecond: 5),
        RateLimit(service: "elasticache", effect: .write, burst: 50, perSecond: 5),
    ]
}
