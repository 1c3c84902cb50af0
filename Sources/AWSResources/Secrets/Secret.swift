import AWSCore
import AWSServices
import OpenSSLCrypto
public import Provisioning

/// A random value, made once and never shown.
public struct Secret: AWSResource {
    public static let type = "secretsmanager:secret"
    public static let explanation = """
        A key or token that tickctl makes at random once and nobody needs to see: tasks get it when they start. Costs by \
        the month. A deleted name is restored within 7 days, with its value, and unusable by others till then.
        """

    /// "ticket/room-token-key"
    public var name: String
    public var purpose: String
    /// The value is twice as many hex digits.
    public var randomBytes: Int

    public init(name: String, purpose: String, randomBytes: Int = 32) {
        self.name = name
        self.purpose = purpose
        self.randomBytes = randomBytes
    }

    /// What `ListSecrets` says of it.
    public struct Observed: Sendable, Equatable {
        public var arn: String
        public var description: String
    }

    /// Room tokens and webhooks that were signed with it are void without it.
    public var holdsData: Bool { true }

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        let prefix = "\(scope.tags.stack)/"
        let client = scope.cloud.client
        let region = scope.region
        let secrets = try await scope.shared("secretsmanager:ListSecrets \(prefix)") {
            try await client.all(
                SecretsManager.ListSecrets(
                    includePlannedDeletion: true, filters: [.init(key: "name", values: [prefix])]),
                region: region
            ) { $0.secretList }
        }
        guard let secret = secrets.first(where: { $0.name == name }) else { return nil }
        let found = observation(secret, scope)
        // One of ours within its recovery window counts as gone; create restores it.
        if secret.deletedDate != nil, found.owner == .ours { return nil }
        return found
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        do {
            let arn = try await scope.send(
                SecretsManager.CreateSecret(
                    name: name, description: purpose, secretString: hexadecimal(secureRandomBytes(count: randomBytes)),
                    tags: .init(scope.tags.all))
            ).arn
            return Observation(
                Observed(arn: arn, description: purpose), identity: arn, outputs: ["arn": arn], owner: .ours)
        } catch let error as AWSError where Self.isNameTaken(error) {
            return try await adopt(scope, error)
        }
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        list.compare("description", observed: observed.description, desired: purpose)
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        _ = try await scope.send(SecretsManager.UpdateSecret(secretId: observed.arn, description: purpose))
        return nil
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(SecretsManager.DeleteSecret(secretId: observed.arn, recoveryWindowInDays: 7))
    }

    public func permissions(at place: Place) -> [Permission] {
        [
            Permission(
                [
                    "secretsmanager:DeleteSecret", "secretsmanager:DescribeSecret", "secretsmanager:RestoreSecret",
                    "secretsmanager:UpdateSecret",
                ],
                on: [Self.pattern(at: place)]),
            Self.creation(at: place),
            // ListSecrets has no resource-level permissions.
            Permission(["secretsmanager:ListSecrets"], on: ["*"]),
        ]
    }

    /// Secrets of the stack, and those that RDS makes in the name of whoever creates a cluster
    /// (https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-secrets-manager.html).
    static func creation(at place: Place) -> Permission {
        Permission(
            ["secretsmanager:CreateSecret", "secretsmanager:TagResource"],
            on: [pattern(at: place), place.arn("secretsmanager", "secret:rds!cluster-*")])
    }

    /// ARNs of the stack's secrets: six random characters follow the name.
    static func pattern(at place: Place) -> String { place.arn("secretsmanager", "secret:\(place.stack)/*") }

    /// The list lags behind by minutes, and a name within its recovery window is not free.
    private static func isNameTaken(_ error: AWSError) -> Bool {
        error.code == "ResourceExistsException"
            || error.code == "InvalidRequestException" && error.message.contains("scheduled for deletion")
    }

    private func adopt(_ scope: Scope<AWSCloud>, _ error: AWSError) async throws -> Observation<Observed> {
        let secret = try await scope.send(SecretsManager.DescribeSecret(secretId: name))
        let found = observation(secret, scope)
        if case .foreign(let reason) = found.owner {
            throw ProvisioningError(
                .foreign, "the secret \(name) exists but is not this stack's: \(reason)",
                next: "rename or delete it, or choose another APP_NAME", underlying: error)
        }
        if secret.deletedDate != nil { _ = try await scope.send(SecretsManager.RestoreSecret(secretId: secret.arn)) }
        return found
    }

    private func observation(_ secret: SecretsManager.Secret, _ scope: Scope<AWSCloud>) -> Observation<Observed> {
        Observation(
            Observed(arn: secret.arn, description: secret.description ?? ""), identity: secret.arn,
            outputs: ["arn": secret.arn], owner: scope.tags.owner(of: secret.tags.byKey))
    }
}

extension Placed where R == Secret {
    public var arn: Input { output("arn") }
}
