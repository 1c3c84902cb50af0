import AWSServices
public import Provisioning

/// The CDN in front of the regions' load balancers.
public struct Distribution: AWSResource {
    /// Makes the creating call happen once: CloudFront takes a reference only once.
    public var callerReference: String
    public var comment: String
    public var origins: [Origin]
    /// Two origins' ids: the second is asked when the first fails.
    public var failover: [String]
    public var defaultBehavior: Behavior
    /// The first whose pattern matches counts.
    public var behaviors: [Behavior]
    public var aliases: [String]
    /// ARN in us-east-1; nil: CloudFront's own certificate.
    public var certificate: String?
    public var priceClass: String

    public init(
        callerReference: String, comment: String, origins: [Origin], failover: [String], defaultBehavior: Behavior,
        behaviors: [Behavior], aliases: [String], certificate: String?, priceClass: String
    ) {
        self.callerReference = callerReference
        self.comment = comment
        self.origins = origins
        self.failover = failover
        self.defaultBehavior = defaultBehavior
        self.behaviors = behaviors
        self.aliases = aliases
        self.certificate = certificate
        self.priceClass = priceClass
    }

    /// Where what is not cached comes from.
    public struct Origin: Sendable, Encodable {
        public var id: String
        public var domainName: Input
        /// Whether it listens for TLS; else CloudFront speaks plain HTTP to it.
        public var usesTLS: Bool

        public init(id: String, domainName: Input, usesTLS: Bool) {
            self.id = id
            self.domainName = domainName
            self.usesTLS = usesTLS
        }
    }

    /// How requests for some paths are answered.
    public struct Behavior: Sendable, Encodable {
        /// The methods that are passed on; every other one is refused.
        public enum Methods: String, Sendable, Encodable {
            /// GET, HEAD and OPTIONS: all that an origin group takes.
            case reading
            case all
        }

        /// "/public/*"; nil for the default behavior.
        public var pathPattern: String?
        /// An origin's id, or `failoverGroup`.
        public var target: String
        public var methods: Methods
        public var cachePolicy: Input
        public var originRequestPolicy: Input?
        public var responseHeadersPolicy: Input

        public init(
            pathPattern: String?, target: String, methods: Methods, cachePolicy: Input, originRequestPolicy: Input?,
            responseHeadersPolicy: Input
        ) {
            self.pathPattern = pathPattern
            self.target = target
            self.methods = methods
            self.cachePolicy = cachePolicy
            self.originRequestPolicy = originRequestPolicy
            self.responseHeadersPolicy = responseHeadersPolicy
        }
    }

    /// The id of the group that `failover` makes.
    public static let failoverGroup = "failover"

    /// CloudFront's "CachingDisabled"
    /// (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html).
    public static let cachingDisabled: Input = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"

    /// What `GetDistribution` says of it.
    public struct Observed: Sendable {
        public var id: String
        var config: CloudFront.DistributionConfig
        var eTag: String
    }

    public static let type = "cloudfront:distribution"
    public static let explanation = """
        Answers summaries and seat maps near the viewers and passes everything else on. Costs by request and by GB. Every \
        change takes minutes to reach all edges; to be deleted it must first be disabled everywhere.
        """
    public static let waiting = Waiting(maximumDelay: .seconds(20), deadline: .seconds(3600))

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        // Tags are a call for each distribution, so those that look like ours are asked first.
        let all = try await scope.distributions()
        for summary in all.filter({ $0.comment == comment }) + all.filter({ $0.comment != comment }) {
            let tags = try await scope.send(CloudFront.ListTagsForResource(resource: summary.arn)).all
            if scope.tags.owner(of: tags) == .ours {
                return try Self.observation(of: await scope.send(CloudFront.GetDistribution(id: summary.id)))
            }
        }
        return nil
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let blank = CloudFront.DistributionConfig(
            callerReference: callerReference, comment: comment,
            defaultCacheBehavior: CloudFront.CacheBehavior(pathPattern: nil))
        let made = try await scope.send(
            CloudFront.CreateDistributionWithTags(
                distributionConfig: try applied(to: blank) { try scope.value($0) }, tags: scope.tags.all))
        return try Self.observation(of: made)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        let current = observed.config.managedSettings
        let desired = applied(to: observed.config) { values.known($0) ?? Change.unknown }.managedSettings
        var list = ChangeList()
        for setting in Set(current.keys).union(desired.keys).sorted() {
            list.compare(setting, observed: current[setting], desired: desired[setting])
        }
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        let config = try applied(to: observed.config) { try scope.value($0) }
        return try Self.observation(
            of: await scope.send(
                CloudFront.UpdateDistribution(id: observed.id, ifMatch: observed.eTag, distributionConfig: config)))
    }

    /// Refused until it is disabled everywhere: then the executor comes again.
    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        var eTag = observed.eTag
        if observed.config.enabled {
            var config = observed.config
            config.enabled = false
            let disabled = try await scope.send(
                CloudFront.UpdateDistribution(id: observed.id, ifMatch: eTag, distributionConfig: config))
            eTag = try CloudFront.eTag(disabled.eTag, of: observed.id)
        }
        _ = try await scope.send(CloudFront.DeleteDistribution(id: observed.id, ifMatch: eTag))
    }

    public func permissions(at place: Place) -> [Permission] {
        [
            CloudFrontPermissions.listing(["ListDistributions"]),
            CloudFrontPermissions.acting(["GetDistribution", "ListTagsForResource"], on: "distribution", at: place),
            CloudFrontPermissions.acting(
                ["CreateDistribution", "TagResource"], on: "distribution", withTagOf: "aws:RequestTag", at: place),
            CloudFrontPermissions.acting(
                ["UpdateDistribution", "DeleteDistribution"], on: "distribution", withTagOf: "aws:ResourceTag",
                at: place),
        ]
    }

    private static func observation(of found: CloudFront.Distribution) throws -> Observation<Observed> {
        Observation(
            Observed(
                id: found.id, config: found.distributionConfig, eTag: try CloudFront.eTag(found.eTag, of: found.id)),
            identity: found.id, outputs: ["id": found.id, "domainName": found.domainName], owner: .ours,
            state: found.status == "Deployed" ? .ready : .changing(found.status))
    }
}

extension Placed<Distribution> {
    public var id: Input { output("id") }
    /// "d111111abcdef8.cloudfront.net"
    public var domainName: Input { output("domainName") }
}
