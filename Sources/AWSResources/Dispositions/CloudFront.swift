import Provisioning

/// Errors of CloudFront that the executor handles
/// (https://docs.aws.amazon.com/cloudfront/latest/APIReference/CommonErrors.html and each action's page).
enum CloudFrontDispositions {
    static let entries: [DispositionRule] = [
        .init(service: "cloudfront", code: "DistributionAlreadyExists", .alreadyExists),
        .init(service: "cloudfront", code: "CachePolicyAlreadyExists", .alreadyExists),
        .init(service: "cloudfront", code: "OriginRequestPolicyAlreadyExists", .alreadyExists),
        .init(service: "cloudfront", code: "ResponseHeadersPolicyAlreadyExists", .alreadyExists),
        // Somebody changed it since it was read: read again, compare again.
        .init(service: "cloudfront", code: "PreconditionFailed", .busy),
        .init(service: "cloudfront", code: "InvalidIfMatchVersion", .busy),
        // API_DeleteDistribution: it is disabled, but not at every edge yet.
        .init(service: "cloudfront", code: "DistributionNotDisabled", .busy),
        .init(service: "cloudfront", code: "ResourceInUse", .busy),
        .init(service: "cloudfront", code: "CachePolicyInUse", .busy),
        .init(service: "cloudfront", code: "OriginRequestPolicyInUse", .busy),
        .init(service: "cloudfront", code: "ResponseHeadersPolicyInUse", .busy),
        // A policy made a moment ago, for the distribution that names it.
        .init(service: "cloudfront", action: "CreateDistributionWithTags", code: "NoSuchCachePolicy", .propagating),
        .init(
            service: "cloudfront", action: "CreateDistributionWithTags", code: "NoSuchOriginRequestPolicy",
            .propagating),
        .init(
            service: "cloudfront", action: "CreateDistributionWithTags", code: "NoSuchResponseHeadersPolicy",
            .propagating),
        .init(service: "cloudfront", action: "UpdateDistribution", code: "NoSuchCachePolicy", .propagating),
        .init(service: "cloudfront", action: "UpdateDistribution", code: "NoSuchOriginRequestPolicy", .propagating),
        .init(service: "cloudfront", action: "UpdateDistribution", code: "NoSuchResponseHeadersPolicy", .propagating),
        .init(service: "cloudfront", code: "NoSuchDistribution", .absent),
        .init(service: "cloudfront", code: "NoSuchResource", .absent),
        .init(service: "cloudfront", code: "NoSuchCachePolicy", .absent),
        .init(service: "cloudfront", code: "NoSuchOriginRequestPolicy", .absent),
        .init(service: "cloudfront", code: "NoSuchResponseHeadersPolicy", .absent),
    ]
}
