import AWSCore
import AWSServices
public import Provisioning

/// A port of a load balancer.
public struct Listener: AWSResource {
    /// ARN.
    public var loadBalancer: Input
    public var port: Int
    /// ARN of an ACM certificate: the port speaks HTTPS; nil: HTTP.
    public var certificate: String?
    public var defaultAction: ListenerAction

    public init(loadBalancer: Input, port: Int, certificate: String?, defaultAction: ListenerAction) {
        self.loadBalancer = loadBalancer
        self.port = port
        self.certificate = certificate
        self.defaultAction = defaultAction
    }

    /// What `DescribeListeners` says of it.
    public struct Observed: Sendable, Equatable {
        public var arn: String
        public var protocolName: String
        public var sslPolicy: String?
        public var certificate: String?
        /// As `[ELBv2.Action].summary`.
        public var defaultAction: String
    }

    public static let type = "elasticloadbalancing:listener"
    public static let explanation = """
        A port of the load balancer: 80, and 443 when the region has a certificate; then 80 only redirects. Free. \
        Requests that no rule takes get 404.
        """
    public static let waiting = Waiting(deadline: .seconds(300))

    private var protocolName: String { certificate == nil ? "HTTP" : "HTTPS" }
    /// TLS 1.2 and 1.3 (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html).
    private var sslPolicy: String? { certificate == nil ? nil : "ELBSecurityPolicy-TLS13-1-2-2021-06" }
    private var certificates: [ELBv2.Certificate]? { certificate.map { [ELBv2.Certificate(certificateArn: $0)] } }

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        guard let loadBalancer = scope.known(loadBalancer) else { return nil }
        let (listeners, tags) = try await scope.shared("elasticloadbalancing:DescribeListeners \(loadBalancer)") {
            [cloud = scope.cloud, region = scope.region] in
            let listeners = try await cloud.client.all(
                ELBv2.DescribeListeners(loadBalancerArn: loadBalancer), region: region, \.listeners)
            let tags = try await cloud.loadBalancingTags(of: listeners.map(\.listenerArn), region: region)
            return (listeners, tags)
        }
        guard let found = listeners.first(where: { $0.port == port }) else { return nil }
        return observation(
            Observed(
                arn: found.listenerArn, protocolName: found.protocol ?? "", sslPolicy: found.sslPolicy,
                certificate: found.certificates.first?.certificateArn, defaultAction: found.defaultActions.summary),
            owner: scope.tags.owner(of: tags[found.listenerArn] ?? [:]))
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let answer = try await scope.send(
            ELBv2.CreateListener(
                loadBalancerArn: try scope.value(loadBalancer), port: port, protocol: protocolName,
                sslPolicy: sslPolicy,
                certificates: certificates, defaultActions: [defaultAction.wire], tags: .init(scope.tags.all)))
        guard let arn = answer.listeners.first?.listenerArn else {
            throw ProvisioningError(.failed, "CreateListener answered without a listener")
        }
        return observation(
            Observed(
                arn: arn, protocolName: protocolName, sslPolicy: sslPolicy, certificate: certificate,
                defaultAction: [defaultAction.wire].summary), owner: .ours)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        list.compare("protocol", observed: observed.protocolName, desired: protocolName)
        list.compare("sslPolicy", observed: observed.sslPolicy, desired: sslPolicy)
        list.compare("certificate", observed: observed.certificate, desired: certificate)
        list.compare("defaultAction", observed: observed.defaultAction, desired: [defaultAction.wire].summary)
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        _ = try await scope.send(
            ELBv2.ModifyListener(
                listenerArn: observed.arn, protocol: protocolName, sslPolicy: sslPolicy, certificates: certificates,
                defaultActions: [defaultAction.wire]))
        return nil
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(ELBv2.DeleteListener(listenerArn: observed.arn))
    }

    public func permissions(at place: Place) -> [Permission] {
        [
            LoadBalancingPermissions.reading(["DescribeListeners", "DescribeTags"]),
            LoadBalancingPermissions.writing(
                ["CreateListener", "AddTags", "ModifyListener", "DeleteListener"], at: place),
        ]
    }

    private func observation(_ observed: Observed, owner: Owner) -> Observation<Observed> {
        Observation(observed, identity: observed.arn, outputs: ["arn": observed.arn], owner: owner)
    }
}

extension Placed<Listener> {
    public var arn: Input { output("arn") }
}
