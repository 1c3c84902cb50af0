public import AWSResources
public import Provisioning

/// Step 07: one distribution over the load balancers of the regions.
public struct CloudFrontStep {
    public static let id: StepID = "07-cloudfront"

    public let distribution: Placed<Distribution>

    /// - Parameter services: step 05 of each region, by the region's name.
    public init(
        addingTo graph: inout Graph<AWSCloud>, stack: Stack, context: StackContext, services: [String: ServicesStep]
    ) throws {
        let presence: Graph<AWSCloud>.Presence = stack.cloudfront.enabled ? .present : .absent
        let policies = try Policies(addingTo: &graph, stack: stack, presence: presence)

        // An origin group has two members: the primary region and the next one.
        let origins = stack.regions.prefix(2).compactMap { region in
            services[region.name].map { step in
                Distribution.Origin(
                    id: "alb-\(region.name)", domainName: step.loadBalancer.dnsName,
                    usesTLS: region.certificate != nil)
            }
        }
        guard let primary = origins.first?.id else { preconditionFailure("a stack has a region") }
        let failover = origins.count == 2 ? origins.map(\.id) : []
        let reading = failover.isEmpty ? primary : Distribution.failoverGroup

        func cached(_ pathPattern: String, _ policy: Placed<CachePolicy>) -> Distribution.Behavior {
            Distribution.Behavior(
                pathPattern: pathPattern, target: reading, methods: .reading, cachePolicy: policy.id,
                originRequestPolicy: nil, responseHeadersPolicy: policies.responseHeaders.id)
        }
        // An origin group takes no POST, so what writes goes to the primary region only.
        func passed(
            _ pathPattern: String?, to target: String, _ methods: Distribution.Behavior.Methods
        ) -> Distribution.Behavior {
            Distribution.Behavior(
                pathPattern: pathPattern, target: target, methods: methods, cachePolicy: Distribution.cachingDisabled,
                originRequestPolicy: policies.originRequest.id, responseHeadersPolicy: policies.responseHeaders.id)
        }
        distribution = try graph.add(
            "distribution", in: NodeID.global, step: Self.id,
            Distribution(
                callerReference: "tickctl/\(stack.name)/distribution",
                comment: "\(stack.name): viewers to load balancers",
                origins: Array(origins), failover: failover, defaultBehavior: passed(nil, to: reading, .reading),
                behaviors: [
                    cached("/public/summary/*", policies.summary), cached("/public/seats/*", policies.seats),
                    passed("/public/*", to: primary, .all), passed("/confirm/*", to: primary, .all),
                ],
                aliases: stack.cloudfront.aliases, certificate: stack.cloudfront.certificate,
                priceClass: stack.cloudfront.priceClass),
            presence: presence)
    }
}

private struct Policies {
    let summary: Placed<CachePolicy>
    let seats: Placed<CachePolicy>
    let originRequest: Placed<OriginRequestPolicy>
    let responseHeaders: Placed<ResponseHeadersPolicy>

    private static let yearSeconds = 365 * 24 * 3600

    init(addingTo graph: inout Graph<AWSCloud>, stack: Stack, presence: Graph<AWSCloud>.Presence) throws {
        func cachePolicy(_ name: String, queryStrings: [String]) throws -> Placed<CachePolicy> {
            try graph.add(
                "cache-\(name)", in: NodeID.global, step: CloudFrontStep.id,
                CachePolicy(
                    name: "\(stack.name)-\(name)", minimumTTLSeconds: 0, defaultTTLSeconds: 10, maximumTTLSeconds: 60,
                    // A load balancer that speaks TLS has a certificate for the viewer's Host, not for its own name.
                    headers: ["Host"], queryStrings: queryStrings),
                presence: presence)
        }
        summary = try cachePolicy("summary", queryStrings: [])
        seats = try cachePolicy("seats", queryStrings: ["cursor", "section"])
        originRequest = try graph.add(
            "origin-request", in: NodeID.global, step: CloudFrontStep.id,
            OriginRequestPolicy(name: "\(stack.name)-all-viewer"), presence: presence)
        responseHeaders = try graph.add(
            "response-headers", in: NodeID.global, step: CloudFrontStep.id,
            ResponseHeadersPolicy(name: "\(stack.name)-security", strictTransportSeconds: Self.yearSeconds),
            presence: presence)
    }
}
