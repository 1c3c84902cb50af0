/// What goes into an image. Equal recipes over equal files make equal bytes, and so one digest.
public struct ImageRecipe: Sendable {
    /// The program, once for each platform: Linux executables for amd64 and arm64. Symbolic links are followed. This machine
    /// must be able to start each one's dynamic loader, which knows the libraries that go with it.
    public var executables: [String]
    /// Seconds since 1970: the time of every file and of the image itself (SOURCE_DATE_EPOCH,
    /// https://reproducible-builds.org/specs/source-date-epoch/). 0...8589934591.
    public var created: Int
    /// The label org.opencontainers.image.version.
    public var version: String?
    /// The source commit, label org.opencontainers.image.revision.
    public var revision: String?
    /// The repository of that commit, "https://github.com/example/tickets".
    public var source: String?
    /// Who answers for the build, a URI (https://slsa.dev/spec/v1.0/provenance#builder.id).
    public var builder: String
    /// The CA bundle in PEM; `nil`: the first of `certificateBundles` that exists.
    public var certificates: String?
    /// The compiled time-zone database.
    public var zoneInfo: String

    /// - Parameter executables: default, the running program.
    public init(
        executables: [String] = ["/proc/self/exe"], created: Int = 0, version: String? = nil, revision: String? = nil,
        source: String? = nil, builder: String = "urn:tickctl:builder:local", certificates: String? = nil,
        zoneInfo: String = "/usr/share/zoneinfo"
    ) {
        self.executables = executables
        self.created = created
        self.version = version
        self.revision = revision
        self.source = source
        self.builder = builder
        self.certificates = certificates
        self.zoneInfo = zoneInfo
    }

    /// Where Debian, Fedora, openSUSE and Alpine keep theirs.
    static let certificateBundles = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
        "/etc/ssl/cert.pem",
    ]

    /// Where the program stands in the image.
    static let programPath = "usr/local/bin/tickctl"
    static let certificatesPath = "etc/ssl/certs/ca-certificates.crt"
    /// The user and group number that the program runs as.
    static let user = 65532
    static let home = "home/tickctl"
}
