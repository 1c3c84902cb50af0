internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// What an error of a connection means.
enum ConnectFailure {
    static func classify(_ error: any Error) -> (Failure, String) {
        switch error {
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first { return classify(first.error) }
            return (.dns, "\(error.host) could not be resolved")
        case let error as IOError: return (failure(errno: error.errnoCode), String(cString: strerror(error.errnoCode)))
        case let error as ChannelError:
            if case .connectTimeout = error { return (.connectTimeout, "no connection within the limit") }
            return (.closed, "\(error)")
        case let error as NIOSSLError: return (.tls, reason(error))
        case let error as BoringSSLError: return (.tls, "\(error)")
        case let error as NIOSSLExtraError: return (.tls, error.description)
        default: return (.closed, "\(error)")
        }
    }

    private static func failure(errno code: Int32) -> Failure {
        switch code {
        case ECONNREFUSED: .refused
        case EMFILE, ENFILE, EADDRNOTAVAIL, ENOBUFS, ENOMEM: .socketsExhausted
        case ENETUNREACH, EHOSTUNREACH, ENETDOWN, EHOSTDOWN: .unreachable
        case ETIMEDOUT: .connectTimeout
        default: .closed
        }
    }

    private static func reason(_ error: NIOSSLError) -> String {
        switch error {
        case .handshakeFailed(let underlying): "the handshake failed: \(underlying)"
        case .unableToValidateCertificate: "the certificate is not trusted"
        case .uncleanShutdown: "the connection was cut"
        default: "\(error)"
        }
    }
}
