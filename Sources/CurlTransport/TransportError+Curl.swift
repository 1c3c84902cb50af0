import CCurl
import Foundation

extension TransportError.Kind {
    /// libcurl's result; `hasStarted`: the request was about to be written when it came.
    init(_ code: CURLcode, hasStarted: Bool) {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            self = .resolve
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_ENGINE_NOTFOUND,
            CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_PINNEDPUBKEYNOTMATCH:
            self = hasStarted ? .interrupted : .tls
        case CURLE_OPERATION_TIMEDOUT:
            self = hasStarted ? .timeout : .connect
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_FUNCTION_ARGUMENT, CURLE_FAILED_INIT,
            CURLE_OUT_OF_MEMORY:
            self = hasStarted ? .interrupted : .unusable
        default:
            self = hasStarted ? .interrupted : .connect
        }
    }
}

extension HTTPRequest {
    /// The URL without its query and user information, which may carry a signature or a password.
    var loggableURL: String {
        let bare = url.prefix { $0 != "?" && $0 != "#" }
        guard let scheme = bare.range(of: "://") else { return String(bare) }
        let authority = bare[scheme.upperBound...].prefix { $0 != "/" }
        guard let at = authority.lastIndex(of: "@") else { return String(bare) }
        return String(bare[..<scheme.upperBound] + bare[bare.index(after: at)...])
    }

    func unusable(_ message: String, _ code: CURLcode = CURLE_FAILED_INIT) -> TransportError {
        TransportError(
            kind: .unusable, mayHaveBeenSent: false, curlCode: Int(code.rawValue), message: message, url: loggableURL)
    }
}
