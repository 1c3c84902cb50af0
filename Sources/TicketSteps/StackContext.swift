/// What a graph depends on besides the stack's values.
public struct StackContext: Sendable {
    /// Twelve digits.
    public var account: String
    /// "aws", "aws-cn" or "aws-us-gov".
    public var partition: String
    /// The image that step 01 pushes and the task definitions name.
    public var image: ImageIdentity
    /// Checksum over all migrations and seeds of this binary: what step 08 brings a database to.
    public var migrationsChecksum: String
    /// True when the caller named a database by `DATABASE_URL`: step 08 then goes straight there.
    public var hasDatabaseURL: Bool

    public init(
        account: String, partition: String = "aws", image: ImageIdentity, migrationsChecksum: String,
        hasDatabaseURL: Bool = false
    ) {
        self.account = account
        self.partition = partition
        self.image = image
        self.migrationsChecksum = migrationsChecksum
        self.hasDatabaseURL = hasDatabaseURL
    }

    public struct ImageIdentity: Sendable, Equatable {
        /// "sha256:" and 64 hex digits.
        public var digest: String
        /// What it is tagged with in the repositories.
        public var tag: String
        /// "arm64" or "amd64", as in the image's configuration.
        public var architecture: String

        public init(digest: String, tag: String, architecture: String) {
            self.digest = digest
            self.tag = tag
            self.architecture = architecture
        }
    }
}
