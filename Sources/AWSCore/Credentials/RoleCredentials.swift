import Foundation

/// `AWS_WEB_IDENTITY_TOKEN_FILE` with `AWS_ROLE_ARN`
/// (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html).
struct WebIdentityCredentials: CredentialSource {
    let context: CredentialContext
    let name = "web identity"

    func search() async throws -> CredentialSearch {
        let environment = context.environment
        guard let file = environment["AWS_WEB_IDENTITY_TOKEN_FILE"] else {
            return .absent("AWS_WEB_IDENTITY_TOKEN_FILE is not set")
        }
        guard let role = environment["AWS_ROLE_ARN"] else {
            throw CredentialError("AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not: set both or none")
        }
        return .found(
            try await credentials(
                role: role, tokenFile: file, sessionName: environment["AWS_ROLE_SESSION_NAME"], source: name))
    }

    func credentials(
        role: String, tokenFile: String, sessionName: String?, source: String
    ) async throws -> AWSCredentials {
        // Read anew every time: the platform rotates it.
        let token = try context.text(of: tokenFile)
        return try await AssumeRoleWithWebIdentity(
            roleArn: role, roleSessionName: sessionName ?? context.sessionName, webIdentityToken: token
        ).credentials(context, signing: nil, source: source)
    }
}

extension CredentialContext {
    /// Shows up in CloudTrail.
    var sessionName: String { "tickctl-\(Int(time.date().timeIntervalSince1970))" }

    var stsRegion: String { configuration.region ?? "us-east-1" }
}

/// An STS call that hands out a role's credentials. It journals nothing: it changes nothing.
protocol RoleOperation: AWSOperation where Output == RoleAnswer {}

struct AssumeRole: RoleOperation {
    var roleArn: String
    var roleSessionName: String
    var durationSeconds: Int?
    var externalId: String?
}

struct AssumeRoleWithWebIdentity: RoleOperation {
    var roleArn: String
    var roleSessionName: String
    var webIdentityToken: String
}

struct RoleAnswer: Decodable, Sendable {
    struct Credentials: Decodable, Sendable {
        var accessKeyId: String
        var secretAccessKey: String
        var sessionToken: String
        var expiration: Date
    }
    var credentials: Credentials
}

extension RoleOperation {
    static var service: AWSService { AWSService(name: "sts", wire: .query(version: "2011-06-15")) }
    static var effect: AWSEffect { .read }

    func credentials(
        _ context: CredentialContext, signing credentials: AWSCredentials?, source: String
    ) async throws -> AWSCredentials {
        do {
            let answer = try await context.client(signing: credentials).send(self, region: context.stsRegion)
            return AWSCredentials(
                accessKeyID: answer.credentials.accessKeyId, secretAccessKey: answer.credentials.secretAccessKey,
                sessionToken: answer.credentials.sessionToken, expiration: answer.credentials.expiration, source: source
            )
        } catch let error as AWSError {
            throw CredentialError("the role could not be assumed: \(error)")
        }
    }
}
