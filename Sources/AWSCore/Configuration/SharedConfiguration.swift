/// What the environment and the shared files say, by AWS's names
/// (https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html). Values only: the caller reads the
/// environment.
public struct SharedConfiguration: Sendable {
    public let environment: [String: String]
    public let files: ProfileFiles
    /// The selected profile's name: `AWS_PROFILE`, or "default".
    public let profileName: String
    /// True when `AWS_PROFILE` named it, so that it must exist.
    public let isProfileNamed: Bool

    /// - Throws: `CredentialError` when a shared file is broken or `AWS_PROFILE` names none.
    public init(environment: [String: String]) throws {
        self.environment = environment.filter { !$0.value.isEmpty }
        files = try ProfileFiles(environment: self.environment)
        let named = self.environment["AWS_PROFILE"] ?? self.environment["AWS_DEFAULT_PROFILE"]
        profileName = named ?? "default"
        isProfileNamed = named != nil
        if let named, files[.profile(named)] == nil {
            throw CredentialError(
                "AWS_PROFILE names \(named.debugDescription), which is in neither \(files.configPath) nor "
                    + "\(files.credentialsPath): unset it or run `aws configure --profile \(named)`")
        }
    }

    /// The selected profile's settings.
    public var profile: [String: String] { files[.profile(profileName)] ?? [:] }

    /// `AWS_REGION`, `AWS_DEFAULT_REGION`, or the profile's `region`.
    public var region: String? { environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"] ?? profile["region"] }

    /// `AWS_CA_BUNDLE` or the profile's `ca_bundle`.
    public var caBundlePath: String? { environment["AWS_CA_BUNDLE"] ?? profile["ca_bundle"] }

    /// `AWS_MAX_ATTEMPTS` or the profile's `max_attempts`, the first attempt included; 1...100, 3 when unset or
    /// unusable.
    public var maximumAttempts: Int {
        let text = environment["AWS_MAX_ATTEMPTS"] ?? profile["max_attempts"]
        return text.flatMap { Int($0) }.flatMap { (1...100).contains($0) ? $0 : nil } ?? 3
    }

    /// The configured endpoint of `service`, in AWS's order: the variable of the service, `AWS_ENDPOINT_URL`, the
    /// profile's `services` section, the profile's `endpoint_url`.
    /// (https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html)
    public func endpointURL(of service: AWSService) -> String? {
        let ignores = environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] ?? profile["ignore_configured_endpoint_urls"]
        guard ignores?.lowercased() != "true" else { return nil }
        let identifiers = service.settingIdentifiers
        for identifier in identifiers {
            if let url = environment["AWS_ENDPOINT_URL_" + identifier.uppercased()] { return url }
        }
        if let url = environment["AWS_ENDPOINT_URL"] { return url }
        if let name = profile["services"], let services = files[.services(name)] {
            for identifier in identifiers {
                if let url = services["\(identifier).endpoint_url"] { return url }
            }
        }
        return profile["endpoint_url"]
    }
}

extension AWSService {
    /// Service ids of https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-table.html that are not the name.
    private static let serviceIDs = [
        "application-autoscaling": "application_auto_scaling", "cloudwatch": "cloudwatch", "monitoring": "cloudwatch",
        "elbv2": "elastic_load_balancing_v2", "elasticloadbalancing": "elastic_load_balancing_v2",
        "events": "eventbridge", "logs": "cloudwatch_logs", "secretsmanager": "secrets_manager", "states": "sfn",
        "tagging": "resource_groups_tagging_api", "resourcegroupstaggingapi": "resource_groups_tagging_api",
        "servicequotas": "service_quotas", "service-quotas": "service_quotas",
    ]

    /// How settings name the service, lower case: AWS's service id, then the name itself.
    var settingIdentifiers: [String] {
        let plain = name.lowercased().map { $0 == "-" || $0 == " " ? "_" : $0 }.map(String.init).joined()
        guard let id = Self.serviceIDs[name.lowercased()], id != plain else { return [plain] }
        return [id, plain]
    }
}
