import COpenSSL
import Foundation
import OpenSSLCrypto

/// IAM Identity Center with the token that `aws sso login` left in its cache, for sso-session sections and for the
/// older settings (https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html).
struct SSOCredentials: Sendable {
    let context: CredentialContext
    let profile: String
    let settings: [String: String]

    private struct CachedToken: Decodable {
        var accessToken: String
        var expiresAt: String
    }

    /// - Throws: `CredentialError`.
    func credentials() async throws -> AWSCredentials {
        guard let account = settings["sso_account_id"], let role = settings["sso_role_name"] else {
            throw CredentialError("profile \(profile) needs both sso_account_id and sso_role_name")
        }
        let (key, region) = try tokenKeyAndRegion()
        let token = try token(key)
        do {
            let answer = try await context.client(signing: nil).send(
                GetRoleCredentials(account: account, role: role, token: token), region: region)
            let found = answer.roleCredentials
            return AWSCredentials(
                accessKeyID: found.accessKeyId, secretAccessKey: found.secretAccessKey,
                sessionToken: found.sessionToken,
                expiration: Date(timeIntervalSince1970: Double(found.expiration) / 1000),
                source: "profile \(profile) (sso)")
        } catch let error as AWSError {
            throw CredentialError("\(error): \(login)")
        }
    }

    private var login: String { "run `aws sso login --profile \(profile)`" }

    /// What names the cached token, and the region of the portal.
    private func tokenKeyAndRegion() throws -> (key: String, region: String) {
        if let session = settings["sso_session"] {
            guard let section = context.configuration.files[.ssoSession(session)], let region = section["sso_region"]
            else {
                throw CredentialError("[sso-session \(session)] with an sso_region is missing from the config file")
            }
            return (session, region)
        }
        guard let startURL = settings["sso_start_url"], let region = settings["sso_region"] else {
            throw CredentialError("profile \(profile) needs sso_session, or sso_start_url and sso_region")
        }
        return (startURL, region)
    }

    private func token(_ key: String) throws -> String {
        let path = "~/.aws/sso/cache/\(Self.cacheName(key)).json"
        guard let text = try? context.text(of: path),
            let cached = try? JSONSource(parsing: Array(text.utf8)).decode(CachedToken.self)
        else { throw CredentialError("there is no signed-in session in \(path): \(login)") }
        // Old files end in "UTC".
        let expiry = Date(wireText: cached.expiresAt.replacingOccurrences(of: "UTC", with: "Z"))
        guard let expiry, expiry > context.time.date() else {
            throw CredentialError("the signed-in session has expired: \(login)")
        }
        return cached.accessToken
    }

    /// SHA-1 of the key, as the AWS CLI names its files.
    private static func cacheName(_ key: String) -> String {
        var digest = [UInt8](repeating: 0, count: 20)
        let bytes = Array(key.utf8)
        precondition(EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha1(), nil) == 1, "OpenSSL offers no SHA-1")
        return hexadecimal(digest)
    }
}

/// https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html
private struct GetRoleCredentials: AWSOperation {
    struct Output: Decodable, Sendable {
        struct RoleCredentials: Decodable, Sendable {
            var accessKeyId: String
            var secretAccessKey: String
            var sessionToken: String
            /// Milliseconds since 1970.
            var expiration: Int64
        }
        var roleCredentials: RoleCredentials
    }

    let account: String
    let role: String
    let token: String

    static let service = AWSService(name: "sso", endpointPrefix: "portal.sso", wire: .restJSON, memberNames: .camel)

    var rest: AWSRESTRequest {
        AWSRESTRequest(
            method: "GET", path: "/federation/credentials", query: [("role_name", role), ("account_id", account)],
            headers: [("x-amz-sso_bearer_token", token)])
    }

    private enum CodingKeys: CodingKey {}
}
