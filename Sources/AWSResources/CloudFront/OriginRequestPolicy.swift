import AWSServices
public import Provisioning

/// Sends everything of a viewer's request to the origin: all headers, cookies and the query string.
public struct OriginRequestPolicy: AWSResource {
    /// Unique in the account.
    public var name: String

    public init(name: String) { self.name = name }

    /// What `ListOriginRequestPolicies` says of it.
    public struct Observed: Sendable {
        public var id: String
        var config: CloudFront.OriginRequestPolicyConfig
    }

    public static let type = "cloudfront:origin-request-policy"
    public static let explanation = """
        Without it CloudFront drops x-room-token, Idempotency-Key and the query string before they reach the tasks. Host is \
        forwarded too: a load balancer that speaks TLS needs a certificate for the name the viewer asked for. Free.
        """
    /// A deleted distribution counts as a user for a while.
    public static let waiting = Waiting(deadline: .seconds(900))

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        guard
            let found = try await scope.originRequestPolicies().first(where: {
                $0.originRequestPolicyConfig.name == name
            })
        else { return nil }
        return Self.observation(
            of: found, owner: PolicyMark(scope.tags).owner(of: found.originRequestPolicyConfig.comment))
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let made = try await scope.send(
            CloudFront.CreateOriginRequestPolicy(
                originRequestPolicyConfig: config(comment: PolicyMark(scope.tags).comment)))
        return Self.observation(of: made, owner: .ours)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        let desired = config(comment: "")
        var list = ChangeList()
        list.compare(
            "headers", observed: observed.config.headersConfig.summary, desired: desired.headersConfig.summary)
        list.compare(
            "cookies", observed: observed.config.cookiesConfig.summary, desired: desired.cookiesConfig.summary)
        list.compare(
            "queryStrings", observed: observed.config.queryStringsConfig.summary,
            desired: desired.queryStringsConfig.summary)
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        let current = try await scope.send(CloudFront.GetOriginRequestPolicy(id: observed.id))
        _ = try await scope.send(
            CloudFront.UpdateOriginRequestPolicy(
                id: observed.id, ifMatch: try CloudFront.eTag(current.eTag, of: observed.id),
                originRequestPolicyConfig: config(comment: PolicyMark(scope.tags).comment)))
        return nil
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        let current = try await scope.send(CloudFront.GetOriginRequestPolicy(id: observed.id))
        _ = try await scope.send(
            CloudFront.DeleteOriginRequestPolicy(
                id: observed.id, ifMatch: try CloudFront.eTag(current.eTag, of: observed.id)))
    }

    public func permissions(at place: Place) -> [Permission] {
        [
            CloudFrontPermissions.listing(["ListOriginRequestPolicies"]),
            CloudFrontPermissions.acting(
                [
                    "CreateOriginRequestPolicy", "GetOriginRequestPolicy", "UpdateOriginRequestPolicy",
                    "DeleteOriginRequestPolicy",
                ], on: "origin-request-policy", at: place),
        ]
    }

    private func config(comment: String) -> CloudFront.OriginRequestPolicyConfig {
        CloudFront.OriginRequestPolicyConfig(
            comment: comment, name: name, headersConfig: .init(headerBehavior: "allViewer"),
            cookiesConfig: .init(cookieBehavior: "all"), queryStringsConfig: .init(queryStringBehavior: "all"))
    }

    private static func observation(
        of policy: CloudFront.OriginRequestPolicy, owner: Owner
    ) -> Observation<Observed> {
        Observation(
            Observed(id: policy.id, config: policy.originRequestPolicyConfig), identity: policy.id,
            outputs: ["id": policy.id], owner: owner)
    }
}

extension Placed<OriginRequestPolicy> {
    public var id: Input { output("id") }
}
