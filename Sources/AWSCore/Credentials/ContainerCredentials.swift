import CurlTransport
import Foundation

/// The credentials endpoint of ECS and EKS
/// (https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html).
struct ContainerCredentials: CredentialSource {
    let context: CredentialContext
    let name = "container"

    func search() async throws -> CredentialSearch {
        let environment = context.environment
        let url: String
        if let path = environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] {
            guard path.hasPrefix("/") else {
                throw CredentialError("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not start with a slash")
            }
            url = "http://169.254.170.2" + path
        } else if let full = environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] {
            guard Self.isTrusted(full) else {
                throw CredentialError(
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor a loopback or container address")
            }
            url = full
        } else {
            return .absent("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and _FULL_URI are not set")
        }
        var headers: HTTPHeaders = ["Accept": "application/json"]
        headers["Authorization"] = try authorization()
        do {
            let body = try await context.fetch(url, headers: headers, timeout: .seconds(5))
            return .found(try CredentialDocument.parse(body, source: name))
        } catch let error as TransportError {
            throw CredentialError("no answer: \(error)")
        }
    }

    /// The token file is read anew every time: it rotates.
    private func authorization() throws -> String? {
        let environment = context.environment
        let token =
            try environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"].map(context.text(of:))
            ?? environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
        if let token, token.contains(where: \.isNewline) {
            throw CredentialError("the container authorization token holds a line break")
        }
        return token
    }

    private static func isTrusted(_ url: String) -> Bool {
        guard let parts = URLComponents(string: url), let host = parts.host else { return false }
        if parts.scheme == "https" { return true }
        let bare = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        return parts.scheme == "http"
            && (["localhost", "::1", "169.254.170.2", "169.254.170.23", "fd00:ec2::23"].contains(bare)
                || (bare.hasPrefix("127.")
                    && bare.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }))
    }
}
