import AWSCore
import AWSServices
import CurlTransport
import Foundation
import Provisioning
import Synchronization
import TestSupport
import Testing

@testable import AWSResources

/// CloudFront by a script: an answer for each "METHOD path", in order, the last one again and again.
private struct ScriptedCloudFront {
    let transport: ScriptedTransport
    let cloud: AWSCloud

    init(_ script: [String: [(status: Int, eTag: String, body: String)]]) {
        let used = Mutex<[String: Int]>([:])
        transport = ScriptedTransport { request, _ in
            let call = Self.name(request)
            guard let answers = script[call] else {
                return HTTPResponse(
                    400,
                    "<ErrorResponse><Error><Code>Unscripted</Code><Message>\(call)</Message></Error></ErrorResponse>")
            }
            let number = used.withLock { used in
                used[call, default: -1] += 1
                return used[call, default: 0]
            }
            let answer = answers[min(number, answers.count - 1)]
            return HTTPResponse(answer.status, answer.body, headers: ["ETag": answer.eTag])
        }
        cloud = AWSCloud(
            client: AWSClient(
                transport: transport,
                configuration: .init(credentials: nil, endpoints: EndpointResolver(url: "http://127.0.0.1:1"))),
            account: "123456789012")
    }

    static func name(_ request: HTTPRequest) -> String {
        let path = URLComponents(string: request.url)?.path ?? request.url
        return "\(request.method) \(path.replacingOccurrences(of: "/2020-05-31/", with: ""))"
    }

    var calls: [String] { transport.requests.map(Self.name) }

    func scope(_ id: String, values: Values = Values()) -> Scope<AWSCloud> {
        Scope(
            cloud: cloud, node: NodeID(region: NodeID.global, name: id), tags: ScriptedCloud.tags(id), values: values,
            notBefore: .now)
    }
}

@Suite struct CloudFrontTests {
    static let balancer = NodeID(region: "ap-northeast-1", name: "alb")
    static let values = Values([balancer: ["dnsName": "one.elb.amazonaws.com"]])

    static func behavior(_ pattern: String?, _ target: String) -> Distribution.Behavior {
        Distribution.Behavior(
            pathPattern: pattern, target: target, methods: pattern == nil ? .reading : .all,
            cachePolicy: Distribution.cachingDisabled, originRequestPolicy: "orp", responseHeadersPolicy: "rhp")
    }

    static let distribution = Distribution(
        callerReference: "tickctl/ticket/distribution", comment: "ticket: viewers",
        origins: [
            .init(
                id: "alb-1", domainName: .output(OutputReference(node: balancer, output: "dnsName")), usesTLS: false),
            .init(id: "alb-2", domainName: "two.elb.amazonaws.com", usesTLS: true),
        ], failover: ["alb-1", "alb-2"], defaultBehavior: behavior(nil, Distribution.failoverGroup),
        behaviors: [behavior("/public/*", "alb-1")], aliases: [], certificate: nil, priceClass: "PriceClass_200")

    /// What CloudFront has after `distribution` was made, with settings that only it sends.
    static func standing() throws -> CloudFront.DistributionConfig {
        let blank = CloudFront.DistributionConfig(
            callerReference: distribution.callerReference, comment: "", defaultCacheBehavior: .init(pathPattern: nil))
        var config = distribution.applied(to: blank) { values.known($0) ?? "" }
        config.viewerCertificate.minimumProtocolVersion = "TLSv1"
        config.viewerCertificate.sslSupportMethod = "vip"
        config.webACLId = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/guard/1"
        config.httpVersion = "HTTP2and3"
        return config
    }

    static func observed(enabled: Bool = true) throws -> Distribution.Observed {
        var config = try standing()
        config.enabled = enabled
        return Distribution.Observed(id: "E1", config: config, eTag: "one")
    }

    static func answer(_ status: String, enabled: Bool = true) -> String {
        // The smallest answer that decodes: what is compared comes from the resource itself.
        """
        <Distribution><Id>E1</Id><ARN>arn:aws:cloudfront::123456789012:distribution/E1</ARN><Status>\(status)</Status>
        <DomainName>d1.cloudfront.net</DomainName><DistributionConfig><CallerReference>r</CallerReference>
        <Aliases><Quantity>0</Quantity></Aliases><DefaultRootObject/><Origins><Quantity>0</Quantity></Origins>
        <OriginGroups><Quantity>0</Quantity></OriginGroups><DefaultCacheBehavior><TargetOriginId>x</TargetOriginId>
        <ViewerProtocolPolicy>allow-all</ViewerProtocolPolicy></DefaultCacheBehavior>
        <CacheBehaviors><Quantity>0</Quantity></CacheBehaviors>
        <CustomErrorResponses><Quantity>0</Quantity></CustomErrorResponses><Comment/><Logging/>
        <PriceClass>PriceClass_All</PriceClass><Enabled>\(enabled)</Enabled><ViewerCertificate>
        <CloudFrontDefaultCertificate>true</CloudFrontDefaultCertificate></ViewerCertificate>
        <Restrictions><GeoRestriction><RestrictionType>none</RestrictionType><Quantity>0</Quantity></GeoRestriction>
        </Restrictions><WebACLId/><HttpVersion>http2</HttpVersion><IsIPV6Enabled>true</IsIPV6Enabled>
        </DistributionConfig></Distribution>
        """
    }

    @Test func whatCloudFrontFillsInIsNoDifference() throws {
        #expect(Self.distribution.changes(from: try Self.observed(), Self.values) == [])
    }

    @Test func eachChangedSettingIsOneLine() throws {
        var distribution = Self.distribution
        distribution.priceClass = "PriceClass_100"
        distribution.failover = ["alb-2", "alb-1"]
        #expect(
            distribution.changes(from: try Self.observed(), Values()) == [
                Change("originGroups[failover].members", from: "alb-1, alb-2", to: "alb-2, alb-1"),
                Change("origins[alb-1].domainName", from: "one.elb.amazonaws.com", to: Change.unknown),
                Change("priceClass", from: "PriceClass_200", to: "PriceClass_100"),
            ])
    }

    @Test func aCertificateOfOurOwnIsUsedWithModernTLSOnly() throws {
        var distribution = Self.distribution
        distribution.certificate = "arn:aws:acm:us-east-1:123456789012:certificate/1"
        #expect(
            distribution.changes(from: try Self.observed(), Self.values) == [
                Change("certificate", from: "CloudFront's", to: "arn:aws:acm:us-east-1:123456789012:certificate/1"),
                Change("certificate.minimumProtocolVersion", from: nil, to: "TLSv1.2_2021"),
                Change("certificate.sslSupportMethod", from: nil, to: "sni-only"),
            ])
    }

    @Test func anUpdateSendsBackWhatIsNotManaged() async throws {
        let cloud = ScriptedCloudFront(["PUT distribution/E1/config": [(200, "two", Self.answer("InProgress"))]])
        var distribution = Self.distribution
        distribution.priceClass = "PriceClass_100"
        let updated = try await distribution.update(
            Self.observed(), [], cloud.scope("distribution", values: Self.values))
        #expect(updated?.state == .changing("InProgress"))
        let request = try #require(cloud.transport.requests.last)
        #expect(request.headers["If-Match"] == "one")
        let body = request.bodyText
        #expect(
            body.hasPrefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?><DistributionConfig xmlns=\"http://cloudfront"))
        #expect(body.contains("<WebACLId>arn:aws:wafv2:us-east-1:123456789012:global/webacl/guard/1</WebACLId>"))
        #expect(body.contains("<PriceClass>PriceClass_100</PriceClass>"))
        #expect(body.contains("<HTTPPort>80</HTTPPort><HTTPSPort>443</HTTPSPort>"))
        #expect(body.contains("<Members><Quantity>2</Quantity><Items><OriginGroupMember><OriginId>alb-1</OriginId>"))
    }

    @Test func aDistributionIsDisabledBeforeItIsDeleted() async throws {
        let cloud = ScriptedCloudFront([
            "PUT distribution/E1/config": [(200, "two", Self.answer("InProgress", enabled: false))],
            "DELETE distribution/E1": [
                (
                    409, "",
                    "<ErrorResponse><Error><Code>DistributionNotDisabled</Code><Message>m</Message></Error></ErrorResponse>"
                ),
                (204, "", ""),
            ],
        ])
        let scope = cloud.scope("distribution")
        let error = await #expect(throws: AWSError.self) {
            try await Self.distribution.delete(Self.observed(), scope)
        }
        #expect(try AWSErrors().disposition(of: #require(error)) == .busy)
        try #require(cloud.transport.requests.count == 2)
        #expect(cloud.transport.requests[0].bodyText.contains("</PriceClass><Enabled>false</Enabled>"))
        #expect(cloud.transport.requests[1].headers["If-Match"] == "two")
        try await Self.distribution.delete(Self.observed(enabled: false), scope)
        #expect(cloud.calls.suffix(1) == ["DELETE distribution/E1"] && cloud.calls.count == 3)
    }

    @Test func ofManyDistributionsTheOneThatLooksLikeOursIsAskedFirst() async throws {
        func summary(_ id: String, _ comment: String) -> String {
            "<DistributionSummary><Id>\(id)</Id><ARN>arn:\(id)</ARN><Comment>\(comment)</Comment></DistributionSummary>"
        }
        let pairs = ScriptedCloud.tags("distribution").all.map { "<Tag><Key>\($0)</Key><Value>\($1)</Value></Tag>" }
        let cloud = ScriptedCloudFront([
            "GET distribution": [
                (
                    200, "",
                    "<DistributionList><Items>\(summary("E0", "other"))\(summary("E1", "ticket: viewers"))</Items></DistributionList>"
                )
            ],
            "GET tagging": [(200, "", "<Tags><Items>\(pairs.joined())</Items></Tags>")],
            "GET distribution/E1": [(200, "one", Self.answer("Deployed"))],
        ])
        let found = try #require(try await Self.distribution.read(cloud.scope("distribution")))
        #expect(found.outputs == ["id": "E1", "domainName": "d1.cloudfront.net"] && found.state == .ready)
        try #require(cloud.calls == ["GET distribution", "GET tagging", "GET distribution/E1"])
        #expect(cloud.transport.requests[1].url.contains("Resource=arn%3AE1"))
    }

    // MARK: Policies

    static let policy = CachePolicy(
        name: "ticket-seats", minimumTTLSeconds: 0, defaultTTLSeconds: 10, maximumTTLSeconds: 60, headers: ["Host"],
        queryStrings: ["cursor", "section"])

    static func cachePolicy(maxTTL: Int = 60, comment: String = "tickctl:stack=ticket tickctl:id=cache-seats") -> String
    {
        """
        <CachePolicy><Id>p-1</Id><CachePolicyConfig><Comment>\(comment)</Comment><Name>ticket-seats</Name>
        <DefaultTTL>10</DefaultTTL><MaxTTL>\(maxTTL)</MaxTTL><MinTTL>0</MinTTL>
        <ParametersInCacheKeyAndForwardedToOrigin><EnableAcceptEncodingGzip>true</EnableAcceptEncodingGzip>
        <EnableAcceptEncodingBrotli>true</EnableAcceptEncodingBrotli>
        <HeadersConfig><HeaderBehavior>whitelist</HeaderBehavior><Headers><Quantity>1</Quantity><Items><Name>Host</Name></Items></Headers></HeadersConfig>
        <CookiesConfig><CookieBehavior>none</CookieBehavior><Cookies><Quantity>0</Quantity></Cookies></CookiesConfig>
        <QueryStringsConfig><QueryStringBehavior>whitelist</QueryStringBehavior><QueryStrings><Quantity>2</Quantity>
        <Items><Name>section</Name><Name>cursor</Name></Items></QueryStrings></QueryStringsConfig>
        </ParametersInCacheKeyAndForwardedToOrigin></CachePolicyConfig></CachePolicy>
        """
    }

    fileprivate static func cloud(_ policy: String) -> ScriptedCloudFront {
        ScriptedCloudFront([
            "GET cache-policy": [
                (
                    200, "",
                    """
                    <CachePolicyList><Quantity>1</Quantity><Items><CachePolicySummary><Type>custom</Type>\(policy)
                    </CachePolicySummary></Items></CachePolicyList>
                    """
                )
            ],
            "GET cache-policy/p-1": [(200, "seven", policy)], "PUT cache-policy/p-1": [(200, "eight", policy)],
        ])
    }

    @Test func aPolicyIsKnownByItsNameAndComment() async throws {
        let ours = try await Self.policy.read(Self.cloud(Self.cachePolicy()).scope("cache-seats"))
        #expect(ours?.owner == .ours)
        #expect(ours.map { Self.policy.changes(from: $0.settings, Values()) } == [])
        let theirs = try await Self.policy.read(Self.cloud(Self.cachePolicy(comment: "mine")).scope("cache-seats"))
        #expect(
            theirs?.owner
                == .foreign(reason: "its comment is \"mine\", not \"tickctl:stack=ticket tickctl:id=cache-seats\""))
    }

    @Test func aChangedTTLIsPutBackUnderTheCurrentETag() async throws {
        let cloud = Self.cloud(Self.cachePolicy(maxTTL: 3600))
        let scope = cloud.scope("cache-seats")
        let found = try #require(try await Self.policy.read(scope))
        let changes = Self.policy.changes(from: found.settings, Values())
        #expect(changes == [Change("maxTTL", from: "3600", to: "60")])
        _ = try await Self.policy.update(found.settings, changes, scope)
        let request = try #require(cloud.transport.requests.last)
        #expect(request.headers["If-Match"] == "seven")
        #expect(
            request.bodyText.contains(
                "<Name>ticket-seats</Name><DefaultTTL>10</DefaultTTL><MaxTTL>60</MaxTTL><MinTTL>0</MinTTL>"))
        #expect(request.bodyText.contains("<Comment>tickctl:stack=ticket tickctl:id=cache-seats</Comment>"))
    }
}
