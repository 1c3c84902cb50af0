internal import CurlTransport
internal import Foundation

/// Finds the Authorization header that a registry wants and keeps it: none, Basic (RFC 7617), or a Bearer token for
/// each repository (https://distribution.github.io/distribution/spec/auth/token/).
actor RegistryAuthorizer {
    private let endpoint: RegistryEndpoint
    private let transport: any HTTPTransport
    private let credentials: RegistryCredentials?
    private var basic: String?
    private var bearerByRepository: [String: String] = [:]

    init(endpoint: RegistryEndpoint, transport: any HTTPTransport, credentials: RegistryCredentials?) {
        self.endpoint = endpoint
        self.transport = transport
        self.credentials = credentials
    }

    /// What the last challenge led to; `nil`: nothing was asked for yet.
    func header(repository: String) -> String? {
        bearerByRepository[repository] ?? basic
    }

    /// Answers a 401. Of several requests that were refused with the same old header, one renews it for all.
    /// - Parameter refused: the header that the refused request carried.
    /// - Returns: the header to try next.
    /// - Throws: `DeliveryError` `.unauthorized`, `.endpointInsecure`, and what the token server's answer means.
    func header(answering response: HTTPResponse, refused: String?, repository: String) async throws -> String {
        if let current = header(repository: repository), current != refused { return current }
        let challenges = response.headers.fields.filter { $0.name.lowercased() == "www-authenticate" }
            .flatMap { RegistryChallenge.parse($0.value) }
        if let challenge = challenges.first(where: { $0.scheme == "bearer" }) {
            let token = try await bearerToken(challenge, repository: repository)
            bearerByRepository[repository] = token
            return token
        }
        guard challenges.contains(where: { $0.scheme == "basic" }) else {
            let names = challenges.map(\.scheme).joined(separator: ", ")
            throw unauthorized("it asks for \(names.isEmpty ? "nothing that it names" : names), not Basic or Bearer")
        }
        guard let credentials else { throw unauthorized("it wants a user and a password, and none are given") }
        try requirePrivacy()
        guard refused != credentials.basic else { throw wrongPassword(credentials) }
        basic = credentials.basic
        return credentials.basic
    }

    private func bearerToken(_ challenge: RegistryChallenge, repository: String) async throws -> String {
        guard let realm = challenge.parameters["realm"], var url = URLComponents(string: realm),
            url.scheme == "https" || (endpoint.url.hasPrefix("http:") && url.scheme == "http")
        else { throw unauthorized("its token server is not named by an https URL") }
        if credentials != nil { try requirePrivacy() }
        // A mount also wants to read the repository that it takes from; the challenge names it.
        let own = "repository:\(repository):"
        let others = (challenge.parameters["scope"] ?? "").split(separator: " ").filter { !$0.hasPrefix(own) }
        let scopes = ["\(own)pull,push"] + others.prefix(4).map(String.init)
        url.queryItems =
            (url.queryItems ?? [])
            + (challenge.parameters["service"].map { [URLQueryItem(name: "service", value: $0)] } ?? [])
            + scopes.map { URLQueryItem(name: "scope", value: $0) }
        guard let text = url.string else { throw unauthorized("its token server's URL is malformed") }

        var request = HTTPRequest(method: "GET", url: text, timeout: RegistrySession.requestTimeout)
        request.headers["Authorization"] = credentials?.basic
        let response = try await reachable(endpoint) { try await transport.send(request) }
        if response.status == 401 || response.status == 403, let credentials { throw wrongPassword(credentials) }
        guard response.status == 200 else {
            throw RegistryAnswer(response, doing: "fetching a token", endpoint: endpoint, repository: repository).error
        }
        struct Token: Decodable {
            var token: String?
            var accessToken: String?

            enum CodingKeys: String, CodingKey {
                case token
                case accessToken = "access_token"
            }
        }
        let answer = try? CanonicalJSON.decode(Token.self, from: response.body)
        guard let token = answer?.token ?? answer?.accessToken else {
            throw unauthorized("its token server answers without a token")
        }
        return "Bearer \(token)"
    }

    private func requirePrivacy() throws {
        guard endpoint.isPrivate else {
            throw DeliveryError(
                .endpointInsecure, "\(endpoint) wants a password over plain http, where anybody on the way can read it",
                next: "use https://\(endpoint.host), or a registry on this machine")
        }
    }

    private func wrongPassword(_ credentials: RegistryCredentials) -> DeliveryError {
        unauthorized("it does not accept the password of the user \(credentials.user) (HTTP 401)")
    }

    private func unauthorized(_ why: String) -> DeliveryError {
        DeliveryError(
            .unauthorized, "the registry \(endpoint) refuses access: \(why)",
            next: "check the registry's user and password; an ECR login lives 12 hours and comes anew with each run")
    }
}
