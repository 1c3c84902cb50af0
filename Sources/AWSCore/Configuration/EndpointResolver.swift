/// Where a service is reached and which region signs.
public struct AWSEndpoint: Sendable, Equatable {
    /// Scheme, host, port and path prefix without a slash at the end.
    public var url: String
    public var signingRegion: String
    /// The URL is a configured one, not AWS's own.
    public var isConfigured = false
}

/// Endpoints by AWS's patterns (https://docs.aws.amazon.com/general/latest/gr/rande.html) and by configured URLs.
public struct EndpointResolver: Sendable {
    private let configuredURL: @Sendable (AWSService) -> String?

    public init(_ configuration: SharedConfiguration) {
        configuredURL = configuration.endpointURL
    }

    /// One URL for every service; `nil`: AWS's own endpoints.
    public init(url: String?) {
        configuredURL = { _ in url }
    }

    /// - Throws: `AWSError` with code `InvalidRegion` or `InvalidEndpoint`.
    public func endpoint(of service: AWSService, region: String) throws -> AWSEndpoint {
        func failure(_ code: String, _ message: String) -> AWSError {
            AWSError(
                cause: .service, code: code, message: message, service: service.name, action: "endpoint",
                region: region,
                attempts: 0)
        }
        // It becomes a part of a host name.
        guard !region.isEmpty, region.utf8.count <= 40,
            region.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || Self.isLowercaseOrDigit($0) })
        else {
            throw failure("InvalidRegion", "\(region.debugDescription) is no region: use one like ap-northeast-1")
        }
        let partition = Partition.all.first { region.hasPrefix($0.regionPrefix) } ?? .aws
        var host = "\(service.endpointPrefix).\(region).\(partition.suffix)"
        var signingRegion = region
        if let globalRegion = service.globalRegion {
            if let global = partition.globalServices[service.endpointPrefix] {
                (host, signingRegion) = global
            } else if partition.isStandard {
                (host, signingRegion) = ("\(service.endpointPrefix).\(partition.suffix)", globalRegion)
            } else {
                throw failure("InvalidRegion", "\(service.name) has no endpoint in the partition of \(region)")
            }
        }
        guard let url = configuredURL(service) else {
            return AWSEndpoint(url: "https://" + host, signingRegion: signingRegion)
        }
        guard url.hasPrefix("http://") || url.hasPrefix("https://"),
            url.utf8.allSatisfy({ $0 > 0x20 && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") })
        else {
            throw failure(
                "InvalidEndpoint", "the endpoint \(url.debugDescription) is no http:// or https:// URL without a query")
        }
        return AWSEndpoint(
            url: url.hasSuffix("/") ? String(url.dropLast()) : url, signingRegion: signingRegion, isConfigured: true)
    }

    private static func isLowercaseOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

/// A part of AWS with its own domain.
private struct Partition: Sendable {
    var regionPrefix: String
    var suffix: String
    var isStandard = false
    /// Global services by endpoint prefix: where they are and which region signs.
    var globalServices: [String: (host: String, signingRegion: String)] = [:]

    static let aws = Partition(regionPrefix: "", suffix: "amazonaws.com", isStandard: true)
    static let all = [
        Partition(
            regionPrefix: "cn-", suffix: "amazonaws.com.cn",
            globalServices: [
                "iam": ("iam.cn-north-1.amazonaws.com.cn", "cn-north-1"),
                "cloudfront": ("cloudfront.cn-northwest-1.amazonaws.com.cn", "cn-northwest-1"),
            ]),
        Partition(
            regionPrefix: "us-gov-", suffix: "amazonaws.com",
            globalServices: ["iam": ("iam.us-gov.amazonaws.com", "us-gov-west-1")]),
    ]
}
