import AWSServices
import Provisioning

extension Distribution {
    /// `config` with every managed setting as desired. What is not managed (web ACL, logging, geographic restrictions,
    /// error pages, functions, custom headers) stays as it is.
    func applied(
        to config: CloudFront.DistributionConfig, _ resolve: (Input) throws -> String
    ) rethrows -> CloudFront.DistributionConfig {
        var config = config
        let origins = config.origins.all
        config.comment = comment
        config.enabled = true
        config.priceClass = priceClass
        config.httpVersion = "http2and3"
        config.isIPv6Enabled = true
        config.aliases = .init(aliases)
        config.origins = .init(
            try self.origins.map { try origin($0, replacing: origins, resolve) })
        config.originGroups = .init(
            failover.isEmpty
                ? []
                : [.init(id: Self.failoverGroup, statusCodes: Self.failoverStatusCodes, members: failover)])
        if let certificate {
            config.viewerCertificate = .init(
                acmCertificateArn: certificate, minimumProtocolVersion: Self.minimumProtocolVersion)
        } else if config.viewerCertificate.cloudFrontDefaultCertificate != true {
            config.viewerCertificate = .init(minimumProtocolVersion: Self.minimumProtocolVersion)
        }
        config.defaultCacheBehavior = try behavior(
            defaultBehavior, replacing: config.defaultCacheBehavior, resolve)
        let behaviors = config.cacheBehaviors.all
        config.cacheBehaviors = .init(
            try self.behaviors.map { desired in
                try behavior(desired, replacing: behaviors.first { $0.pathPattern == desired.pathPattern }, resolve)
            })
        return config
    }

    /// What the first origin may answer with for the second to be asked.
    private static var failoverStatusCodes: [Int] { [500, 502, 503, 504] }
    static let minimumProtocolVersion = "TLSv1.2_2021"

    private func origin(
        _ desired: Origin, replacing current: [CloudFront.Origin], _ resolve: (Input) throws -> String
    ) rethrows -> CloudFront.Origin {
        let settings = CloudFront.Origin.CustomOriginConfig(
            originProtocolPolicy: desired.usesTLS ? "https-only" : "http-only", originReadTimeout: 30,
            // Longer than between two bursts, shorter than the load balancer's idle timeout of 60 s.
            originKeepaliveTimeout: 55)
        var origin = CloudFront.Origin(
            id: desired.id, domainName: try resolve(desired.domainName), customOriginConfig: settings,
            connectionAttempts: 3, connectionTimeout: 5)
        if let found = current.first(where: { $0.id == desired.id }) {
            origin.customHeaders = found.customHeaders
            origin.originShield = found.originShield
        }
        return origin
    }

    private func behavior(
        _ desired: Behavior, replacing current: CloudFront.CacheBehavior?, _ resolve: (Input) throws -> String
    ) rethrows -> CloudFront.CacheBehavior {
        var behavior = current ?? CloudFront.CacheBehavior(pathPattern: desired.pathPattern)
        behavior.targetOriginId = desired.target
        behavior.viewerProtocolPolicy = "redirect-to-https"
        behavior.allowedMethods =
            switch desired.methods {
            case .reading: .init(["GET", "HEAD", "OPTIONS"], cached: ["GET", "HEAD"])
            case .all:
                .init(["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"], cached: ["GET", "HEAD"])
            }
        behavior.compress = true
        behavior.cachePolicyId = try resolve(desired.cachePolicy)
        behavior.originRequestPolicyId = try desired.originRequestPolicy.map(resolve)
        behavior.responseHeadersPolicyId = try resolve(desired.responseHeadersPolicy)
        return behavior
    }
}

extension CloudFront.DistributionConfig {
    /// What `Distribution` manages, as texts by name; lists whose order means nothing are sorted.
    var managedSettings: [String: String] {
        var settings: [String: String] = [
            "aliases": aliases.all.sorted().joined(separator: ", "),
            "comment": comment,
            "enabled": enabled.description,
            "priceClass": priceClass,
            "httpVersion": httpVersion.lowercased(),
            "ipv6": isIPv6Enabled.description,
            "behaviors": cacheBehaviors.all.compactMap(\.pathPattern).joined(separator: ", "),
        ]
        if viewerCertificate.cloudFrontDefaultCertificate == true {
            // CloudFront sets the other members of its own certificate by itself.
            settings["certificate"] = "CloudFront's"
        } else {
            settings["certificate"] = viewerCertificate.acmCertificateArn ?? viewerCertificate.iamCertificateId
            settings["certificate.minimumProtocolVersion"] = viewerCertificate.minimumProtocolVersion
            settings["certificate.sslSupportMethod"] = viewerCertificate.sslSupportMethod
        }
        for origin in origins.all {
            let custom = origin.customOriginConfig
            settings["origins[\(origin.id)].domainName"] = origin.domainName
            settings["origins[\(origin.id)].protocolPolicy"] = custom?.originProtocolPolicy
            settings["origins[\(origin.id)].sslProtocols"] = custom?.originSslProtocols?.items.sslProtocol
                .sorted().joined(separator: ", ")
            settings["origins[\(origin.id)].readTimeout"] = custom?.originReadTimeout?.description
            settings["origins[\(origin.id)].keepaliveTimeout"] = custom?.originKeepaliveTimeout?.description
            settings["origins[\(origin.id)].connectionAttempts"] = origin.connectionAttempts?.description
            settings["origins[\(origin.id)].connectionTimeout"] = origin.connectionTimeout?.description
        }
        for group in originGroups.all {
            // The order of the members says who is asked first.
            settings["originGroups[\(group.id)].members"] = group.members.items.originGroupMember
                .map(\.originId).joined(separator: ", ")
            settings["originGroups[\(group.id)].statusCodes"] = group.failoverCriteria.statusCodes.items.statusCode
                .sorted().map(String.init).joined(separator: ", ")
        }
        for behavior in [defaultCacheBehavior] + cacheBehaviors.all {
            for (name, value) in behavior.managedSettings {
                settings["behaviors[\(behavior.pathPattern ?? "default")].\(name)"] = value
            }
        }
        return settings
    }
}

extension CloudFront.CacheBehavior {
    fileprivate var managedSettings: [String: String] {
        var settings = ["target": targetOriginId, "viewerProtocolPolicy": viewerProtocolPolicy]
        settings["methods"] = allowedMethods?.items.method.sorted().joined(separator: ", ")
        settings["cachedMethods"] = allowedMethods?.cachedMethods?.items.method.sorted().joined(separator: ", ")
        settings["compress"] = compress?.description
        settings["cachePolicy"] = cachePolicyId
        settings["originRequestPolicy"] = originRequestPolicyId
        settings["responseHeadersPolicy"] = responseHeadersPolicyId
        return settings
    }
}
