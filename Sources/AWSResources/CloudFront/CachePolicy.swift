import AWSServices
public import Provisioning

/// How long CloudFront keeps an answer that says nothing of itself, and what makes two requests the same.
public struct CachePolicy: AWSResource {
    /// Unique in the account.
    public var name: String
    public var minimumTTLSeconds: Int
    /// For answers without Cache-Control.
    public var defaultTTLSeconds: Int
    public var maximumTTLSeconds: Int
    /// In the key, and so forwarded.
    public var headers: [String]
    /// In the key, and so forwarded; others do not reach the origin by this policy.
    public var queryStrings: [String]

    public init(
        name: String, minimumTTLSeconds: Int, defaultTTLSeconds: Int, maximumTTLSeconds: Int, headers: [String],
        queryStrings: [String]
    ) {
        self.name = name
        self.minimumTTLSeconds = minimumTTLSeconds
        self.defaultTTLSeconds = defaultTTLSeconds
        self.maximumTTLSeconds = maximumTTLSeconds
        self.headers = headers
        self.queryStrings = queryStrings
    }

    /// What `ListCachePolicies` says of it.
    public struct Observed: Sendable {
        public var id: String
        var config: CloudFront.CachePolicyConfig
    }

    public static let type = "cloudfront:cache-policy"
    public static let explanation = """
        Lets CloudFront answer summaries and seat maps for a few seconds without asking the tasks; the origin's s-maxage \
        decides within its limits. Free; it has no tags, so its name and comment tell whose it is.
        """
    /// A deleted distribution counts as a user for a while.
    public static let waiting = Waiting(deadline: .seconds(900))

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        guard let found = try await scope.cachePolicies().first(where: { $0.cachePolicyConfig.name == name }) else {
            return nil
        }
        return Self.observation(of: found, owner: PolicyMark(scope.tags).owner(of: found.cachePolicyConfig.comment))
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let made = try await scope.send(
            CloudFront.CreateCachePolicy(cachePolicyConfig: config(comment: PolicyMark(scope.tags).comment)))
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
        let current = try await scope.send(CloudFront.GetCachePolicy(id: observed.id))
        _ = try await scope.send(
            CloudFront.UpdateCachePolicy(
                id: observed.id, ifMatch: try CloudFront.eTag(current.eTag, of: observed.id),
                cachePolicyConfig: config(comment: PolicyMark(scope.tags).comment)))
        return nil
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        let current = try await scope.send(CloudFront.GetCachePolicy(id: observed.id))
        _ = try await scope.send(
            CloudFront.DeleteCachePolicy(
                id: observed.id, ifMatch: try CloudFront.eTag(current.eTag, of: observed.id)))
    }

    public func permissions(at place: Place) -> [Permission] {
        [
            CloudFrontPermissions.listing(["ListCachePolicies"]),
            CloudFrontPermissions.acting(
                ["CreateCachePolicy", "GetCachePolicy", "UpdateCachePolicy", "DeleteCachePolicy"], on: "cache-policy",
                at: place),
        ]
    }

    private func config(comment: String) -> CloudFront.CachePolicyConfig {
        CloudFront.CachePolicyConfig(
            comment: comment, name: name, defaultTTL: defaultTTLSeconds, maxTTL: maximumTTLSeconds,
            minTTL: minimumTTLSeconds,
            parameters: .init(
                enableAcceptEncodingGzip: true, enableAcceptEncodingBrotli: true,
                headersConfig: headers.isEmpty
                    ? .init(headerBehavior: "none") : .init(headerBehavior: "whitelist", headers: .init(headers)),
                cookiesConfig: .init(cookieBehavior: "none"),
                queryStringsConfig: queryStrings.isEmpty
                    ? .init(queryStringBehavior: "none")
                    : .init(queryStringBehavior: "whitelist", queryStrings: .init(queryStrings))))
    }

    private static func settings(_ config: CloudFront.CachePolicyConfig) -> [String: String] {
        let parameters = config.parametersInCacheKeyAndForwardedToOrigin
        var settings = ["minTTL": "\(config.minTTL)"]
        settings["defaultTTL"] = config.defaultTTL?.description
        settings["maxTTL"] = config.maxTTL?.description
        settings["gzip"] = parameters?.enableAcceptEncodingGzip.description
        settings["brotli"] = parameters?.enableAcceptEncodingBrotli?.description
        settings["headers"] = parameters?.headersConfig.summary
        settings["cookies"] = parameters?.cookiesConfig.summary
        settings["queryStrings"] = parameters?.queryStringsConfig.summary
        return settings
    }

    private static func observation(of policy: CloudFront.CachePolicy, owner: Owner) -> Observation<Observed> {
        Observation(
            Observed(id: policy.id, config: policy.cachePolicyConfig), identity: policy.id, outputs: ["id": policy.id],
            owner: owner)
    }
}

extension Placed<CachePolicy> {
    public var id: Input { output("id") }
}
