public import CurlTransport
import Foundation

/// What a source says when asked.
enum CredentialSearch {
    case found(AWSCredentials)
    /// Not configured, and why one can tell.
    case absent(String)
}

/// One place credentials may come from.
protocol CredentialSource: Sendable {
    var name: String { get }
    /// - Throws: `CredentialError` when the source is configured and does not work.
    func search() async throws -> CredentialSearch
}

/// AWS's default chain: environment, the selected profile, a web identity token, the container's endpoint, the
/// instance's metadata. The first configured source decides; a broken one is an error and not skipped.
/// (https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html)
public struct CredentialChain: CredentialProvider {
    private let sources: [any CredentialSource]

    /// The environment, profiles, web identity, the container and the instance, in this order.
    public init(configuration: SharedConfiguration, transport: any HTTPTransport, time: TimeSource = .system) {
        let context = CredentialContext(configuration: configuration, transport: transport, time: time)
        sources = [
            EnvironmentCredentials(environment: configuration.environment), ProfileCredentials(context: context),
            WebIdentityCredentials(context: context), ContainerCredentials(context: context),
            InstanceCredentials(context: context),
        ]
    }

    /// Those of the first source that is configured.
    /// - Throws: `CredentialError` with every source that was tried; `CancellationError`.
    public func credentials() async throws -> AWSCredentials {
        var tried: [String] = []
        for source in sources {
            try Task.checkCancellation()
            do {
                switch try await source.search() {
                case .found(let credentials): return credentials
                case .absent(let reason): tried.append("\(source.name) (\(reason))")
                }
            } catch let error as CredentialError {
                let before = tried.isEmpty ? "" : "; tried before: " + tried.joined(separator: ", ")
                throw CredentialError("\(source.name): \(error.message)\(before)")
            }
        }
        throw CredentialError(
            "no AWS credentials; tried \(tried.joined(separator: ", ")). Set AWS_ACCESS_KEY_ID and "
                + "AWS_SECRET_ACCESS_KEY, name a profile with AWS_PROFILE, or run `aws configure` or `aws sso login`")
    }
}

/// What the sources need to look and call.
struct CredentialContext: Sendable {
    let configuration: SharedConfiguration
    let transport: any HTTPTransport
    let time: TimeSource

    var environment: [String: String] { configuration.environment }

    /// A client that signs with `credentials`, or not at all.
    func client(signing credentials: AWSCredentials?) -> AWSClient {
        AWSClient(
            transport: transport,
            configuration: AWSClient.Configuration(
                credentials: credentials.map(StaticCredentials.init),
                endpoints: EndpointResolver(configuration), time: time))
    }

    /// A file's text without white space around it.
    /// - Throws: `CredentialError` naming the path.
    func text(of path: String) throws -> String {
        let home = environment["HOME"] ?? ""
        let path = path.hasPrefix("~/") ? home + path.dropFirst() : path
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw CredentialError("cannot read \(path)")
        }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The body of a metadata endpoint's answer. Link-local addresses are not asked for through a proxy.
    /// - Throws: `TransportError`, or `CredentialError` for a status that is no success.
    func fetch(
        _ url: String, method: String = "GET", headers: HTTPHeaders = [:], timeout: Duration
    ) async throws -> [UInt8] {
        let response = try await transport.send(
            HTTPRequest(method: method, url: url, headers: headers, timeout: timeout, bypassesProxy: true))
        guard response.status == 200 else {
            throw CredentialError("HTTP \(response.status) from \(url)")
        }
        return response.body
    }
}

/// The JSON that credential processes, containers and instances hand out.
struct CredentialDocument: Decodable {
    var version: Int?
    var code: String?
    var accessKeyId: String?
    var secretAccessKey: String?
    var token: String?
    var sessionToken: String?
    var expiration: Date?

    /// - Throws: `CredentialError`; the document itself is never quoted.
    static func parse(_ bytes: [UInt8], source: String) throws -> AWSCredentials {
        guard let document = try? JSONSource(parsing: bytes).decode(CredentialDocument.self),
            document.code ?? "Success" == "Success", let id = document.accessKeyId,
            let secret = document.secretAccessKey
        else { throw CredentialError("the answer is no credential document with AccessKeyId and SecretAccessKey") }
        return AWSCredentials(
            accessKeyID: id, secretAccessKey: secret, sessionToken: document.token ?? document.sessionToken,
            expiration: document.expiration, source: source)
    }
}
