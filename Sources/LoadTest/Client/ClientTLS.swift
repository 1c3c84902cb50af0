internal import NIOSSL

/// How servers are trusted.
enum ClientTLS {
    /// - Parameter authorityFile: PEM of the authorities to trust instead of the system's.
    /// - Throws: `LoadTestError` `file`.
    static func context(authorityFile: String?) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.applicationProtocols = ["http/1.1"]
        if let authorityFile { configuration.trustRoots = .file(authorityFile) }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw LoadTestError(
                .file, "the certificates of \(authorityFile ?? "this system") cannot be used: \(error)",
                next: "name a PEM file with --ca-file")
        }
    }
}
