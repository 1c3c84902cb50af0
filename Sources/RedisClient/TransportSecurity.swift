import NIOCore
import NIOSSL

/// TLS of all connections of a client.
struct TransportSecurity: Sendable {
    private let context: NIOSSLContext
    private let serverName: String?

    /// - Throws: `RedisError` of kind `configuration` when the trust roots cannot be read.
    init(_ tls: RedisConfiguration.TLS, target: String) throws(RedisError) {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        switch tls.verification {
        case .full: configuration.certificateVerification = .fullVerification
        case .chain: configuration.certificateVerification = .noHostnameVerification
        case .none: configuration.certificateVerification = .none
        }
        switch tls.trustRoots {
        case .system: configuration.trustRoots = .default
        case .file(let path): configuration.trustRoots = .file(path)
        }
        do {
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            let roots = if case .file(let path) = tls.trustRoots { path } else { "the system's" }
            throw RedisError(
                kind: .configuration, message: "the trust roots (\(roots)) cannot be used: \(error)", target: target)
        }
        serverName = tls.serverName
    }

    /// Without a name (the host is an address) the certificate must carry the peer's address.
    func handler(for host: String) throws -> NIOSSLClientHandler {
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        return try NIOSSLClientHandler(context: context, serverHostname: serverName ?? (isAddress ? nil : host))
    }
}
