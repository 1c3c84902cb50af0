/// What goes into an image. Equal recipes over equal files make equal bytes, and so one digest.
public struct ImageRecipe: Sendable {
    /// The program, a Linux executable for amd64 or arm64 that this machine can run. Symbolic links are followed.
    public var executable: String
    /// Seconds since 1970: the time of every file and of the image itself (SOURCE_DATE_EPOCH,
    /// https://reproducible-builds.org/specs/source-date-epoch/). 0...8589934591.
    public var created: Int
    /// The label org.opencontainers.image.version.
    public var version: String?
    /// The source commit, label org.opencontainers.image.revision.
    public var revision: String?
    /// The CA bundle in PEM; `nil`: the first of `certificateBundles` that exists.
    public var certificates: String?
    /// The compiled time-zone database.
    public var zoneInfo: String

    /// - Parameter executable: default, the running program.
    public init(
        executable: String = "/proc/self/exe", created: Int = 0, version: String? = nil, revision: String? = nil,
        certificates: String? = nil, zoneInfo: String = "/usr/share/zoneinfo"
    ) {
        self.executable = executable
        self.created = created
        self.version = version
        self.revision = revision
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
