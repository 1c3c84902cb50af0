/// Puts the stack's image into a repository; the command line wires the image builder in.
public protocol ImagePublisher: Sendable {
    /// Host and port of the registry that the caller named instead of ECR; nil: ECR.
    var registryElsewhere: String? { get }

    /// The digest that `tag` means in the registry elsewhere, "sha256:..."; nil: nothing.
    func digestElsewhere(repository: String, tag: String) async throws -> String?

    /// Uploads what is missing and tags it.
    /// - Returns: the manifest's digest, "sha256:...".
    func publish(repository: String, registry: String, region: String, tag: String) async throws -> String
}

/// Applies migrations and seeds to the database a caller named by `DATABASE_URL`.
public protocol DatabaseMigrator: Sendable {
    /// The checksum of the newest applied state, nil when the database was never migrated.
    func appliedChecksum() async throws -> String?
    func migrate() async throws
}
