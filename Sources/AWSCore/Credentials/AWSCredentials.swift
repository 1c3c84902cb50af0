public import Foundation

/// Keys that sign requests. Printing or dumping them shows the access key's id and nothing secret.
public struct AWSCredentials: Sendable, Equatable {
    public var accessKeyID: String
    public var secretAccessKey: String
    public var sessionToken: String?
    /// When the service stops taking them; `nil`: never.
    public var expiration: Date?
    /// Where they come from, for people: "environment", "profile prod (sso)".
    public var source: String

    public init(
        accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil, expiration: Date? = nil,
        source: String = "given"
    ) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiration = expiration
        self.source = source
    }
}

extension AWSCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "AWSCredentials(\(accessKeyID), from \(source), secret hidden)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror {
        Mirror(self, children: ["accessKeyID": accessKeyID, "source": source, "secret": "hidden"])
    }
}

/// Gives credentials whenever they are asked for.
public protocol CredentialProvider: Sendable {
    /// - Throws: `CredentialError`, `CancellationError`.
    func credentials() async throws -> AWSCredentials
    /// A service refused `credentials` as expired: do not give them again if there are others.
    func discard(_ credentials: AWSCredentials)
}

extension CredentialProvider {
    /// Does nothing: for providers that keep none.
    public func discard(_ credentials: AWSCredentials) {}
}

/// Credentials that never change.
public struct StaticCredentials: CredentialProvider {
    private let value: AWSCredentials

    public init(_ credentials: AWSCredentials) { value = credentials }

    public func credentials() -> AWSCredentials { value }
}

/// No credentials, or a source of them is broken. The text says what was tried and what to do.
public struct CredentialError: Error, Sendable, CustomStringConvertible {
    public var message: String
    /// `message`: what was tried and what to do; never a secret.
    public init(_ message: String) { self.message = message }
    public var description: String { message }
}
