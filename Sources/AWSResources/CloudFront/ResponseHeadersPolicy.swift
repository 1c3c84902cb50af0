import AWSServices
public import Provisioning

/// Adds HSTS, nosniff and a refusal of frames to every answer.
public struct ResponseHeadersPolicy: AWSResource {
    /// Unique in the account.
    public var name: String
    /// max-age of Strict-Transport-Security.
    public var strictTransportSeconds: Int

    public init(name: String, strictTransportSeconds: Int) {
        self.name = name
        self.strictTransportSeconds = strictTransportSeconds
    }

    /// What `ListResponseHeadersPolicies` says of it.
    public struct Observed: Sendable {
        public var id: String
        var config: CloudFront.ResponseHeadersPolicyConfig
    }

    public static let type = "cloudfront:response-headers-policy"
    public static let explanation = """
        Security headers on every answer, whatever the origin says. Free; browsers remember HSTS for its whole max-age.
        """
    /// A deleted distribution counts as a user for a while.
    public static let waiting = Waiting(deadline: .seconds(900))

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        guard
            let found = try await scope.responseHeadersPolicies().first(where: {
                $0.responseHeadersPolicyConfig.name == name
            })
        else { return nil }
        return Self.observation(
            of: found, owner: PolicyMark(scope.tags).owner(of: found.responseHeadersPolicyConfig.comment))
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let made = try await scope.send(
            CloudFront.CreateResponseHeadersPolicy(
                responseHeadersPolicyConfig: config(comment: PolicyMark(scope.tags).comment)))
        return Self.observation(of: made, owner: .ours)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        let (current, desired) = (Self.settings(observed.config), Self.settings(config(comment: "")))
        var list = ChangeList()
        for setting in Set(current.keys).union(desired.keys).sorted() {
            list.compare(setting, observed: current[setting], desired: desired[setting])
        }
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        let current = try await scope.send(CloudFront.GetResponseHeadersPolicy(id: observed.id))
        _ = try await scope.send(
            CloudFront.UpdateResponseHeadersPolicy(
                id: observed.id, ifMatch: try CloudFront.eTag(current.eTag, of: observed.id),
                responseHeadersPolicyConfig: config(comment: PolicyMark(scope.tags).comment)))
        return nil
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        let current = try await scope.send(CloudFront.GetResponseHeadersPolicy(id: observed.id))
        _ = try await scope.send(
            CloudFront.DeleteResponseHeadersPolicy(
                id: observed.id, ifMatch: try CloudFront.eTag(current.eTag, of: observed.id)))
    }

    public func permissions(at place: Place) -> [Permission] {
        [
            CloudFrontPermissions.listing(["ListResponseHeadersPolicies"]),
            CloudFrontPermissions.acting(
                [
                    "CreateResponseHeadersPolicy", "GetResponseHeadersPolicy", "UpdateResponseHeadersPolicy",
                    "DeleteResponseHeadersPolicy",
                ], on: "response-headers-policy", at: place),
        ]
    }

    private func config(comment: String) -> CloudFront.ResponseHeadersPolicyConfig {
        CloudFront.ResponseHeadersPolicyConfig(
            comment: comment, name: name,
            securityHeadersConfig: .init(
                frameOptions: .init(override: true, frameOption: "DENY"), contentTypeOptions: .init(override: true),
                strictTransportSecurity: .init(
                    override: true, includeSubdomains: true, preload: false,
                    accessControlMaxAgeSec: strictTransportSeconds)))
    }

    private static func settings(_ config: CloudFront.ResponseHeadersPolicyConfig) -> [String: String] {
        let security = config.securityHeadersConfig
        var settings: [String: String] = [:]
        settings["contentTypeOptions"] = security?.contentTypeOptions.map { "nosniff" + overriding($0.override) }
        settings["frameOptions"] = security?.frameOptions.map { $0.frameOption + overriding($0.override) }
        settings["strictTransportSecurity"] = security?.strictTransportSecurity.map {
            "max-age=\($0.accessControlMaxAgeSec)" + ($0.includeSubdomains == true ? "; includeSubDomains" : "")
                + ($0.preload == true ? "; preload" : "") + overriding($0.override)
        }
        return settings
    }

    private static func overriding(_ override: Bool) -> String { override ? "" : " (unless the origin says otherwise)" }

    private static func observation(
        of policy: CloudFront.ResponseHeadersPolicy, owner: Owner
    ) -> Observation<Observed> {
        Observation(
            Observed(id: policy.id, config: policy.responseHeadersPolicyConfig), identity: policy.id,
            outputs: ["id": policy.id], owner: owner)
    }
}

extension Placed<ResponseHeadersPolicy> {
    public var id: Input { output("id") }
}
