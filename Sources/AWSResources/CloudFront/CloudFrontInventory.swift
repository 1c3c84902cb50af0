import AWSCore
import AWSServices
import Provisioning

/// What the account has in CloudFront: one list call a kind, shared by every resource.
extension Scope<AWSCloud> {
    func cachePolicies() async throws -> [CloudFront.CachePolicy] {
        try await listed(CloudFront.ListCachePolicies(), \.policies)
    }

    func originRequestPolicies() async throws -> [CloudFront.OriginRequestPolicy] {
        try await listed(CloudFront.ListOriginRequestPolicies(), \.policies)
    }

    func responseHeadersPolicies() async throws -> [CloudFront.ResponseHeadersPolicy] {
        try await listed(CloudFront.ListResponseHeadersPolicies(), \.policies)
    }

    func distributions() async throws -> [CloudFront.ListDistributions.Output.Summary] {
        try await listed(CloudFront.ListDistributions(), \.distributions)
    }

    private func listed<Operation: CloudFront.Listing, Element: Sendable>(
        _ operation: Operation, _ elements: @escaping @Sendable (Operation.Output) -> [Element]
    ) async throws -> [Element] {
        try await shared("cloudfront:\(Operation.action)") { [cloud] in
            try await cloud.client.all(operation, region: CloudFront.region, elements)
        }
    }
}

extension CloudFront {
    /// Where all of CloudFront's calls go.
    static let region = "us-east-1"

    /// The ETag of an answer.
    /// - Throws: `ProvisioningError` when CloudFront sent none, as it never should.
    static func eTag(_ eTag: String?, of identity: String) throws -> String {
        guard let eTag else { throw ProvisioningError(.failed, "CloudFront answered without an ETag for \(identity)") }
        return eTag
    }
}

enum CloudFrontPermissions {
    /// Lists have no resource-level permissions
    /// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudfront.html).
    static func listing(_ actions: Set<String>) -> Permission { Permission(named(actions), on: ["*"]) }

    /// Calls on one `kind` of thing, "cache-policy"; its ids are CloudFront's, so every one of the account is meant, or
    /// every one with the stack's tag by the condition key `tag`, which only distributions can have.
    static func acting(
        _ actions: Set<String>, on kind: String, withTagOf tag: String? = nil, at place: Place
    ) -> Permission {
        Permission(
            named(actions), on: [place.arn("cloudfront", "\(kind)/*", global: true)],
            conditions: tag.map { ["StringEquals": ["\($0)/\(IdentityTags.stackKey)": [place.stack]]] } ?? [:])
    }

    private static func named(_ actions: Set<String>) -> Set<String> { Set(actions.map { "cloudfront:\($0)" }) }
}
