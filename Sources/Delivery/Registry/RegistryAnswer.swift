internal import CurlTransport
internal import Foundation

/// A registry's answer that is no success, as an error with its reason
/// (https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#error-codes).
struct RegistryAnswer {
    private struct Body: Decodable {
        struct Problem: Decodable {
            var code: String
            var message: String?
        }
        var errors: [Problem]
    }

    let error: DeliveryError

    /// - Parameter action: what was being done, "uploading sha256:...".
    init(_ response: HTTPResponse, doing action: String, endpoint: RegistryEndpoint, repository: String) {
        let problem = (try? CanonicalJSON.decode(Body.self, from: response.body))?.errors.first
        let code = problem?.code ?? ""
        let words = [code, problem?.message ?? ""].filter { !$0.isEmpty }.joined(separator: ": ")
        let what = "\(action) in \(repository) at \(endpoint) failed: HTTP \(response.status)"
        let message = words.isEmpty ? what : "\(what), \(Self.printable(words))"
        // A full disk is a 500 whose text alone tells, in the members that the specification leaves open.
        let isFull =
            response.status == 413 || response.status == 507
            || String(decoding: response.body.prefix(4096), as: UTF8.self).contains("no space left on device")

        error =
            switch (response.status, code) {
            case _ where isFull:
                DeliveryError(
                    .registryFull, message, next: "free space in the registry, or raise its size limit, and run again")
            case (401, _):
                DeliveryError(
                    .unauthorized, message, next: "check the registry's user and password, then run again")
            case (403, _), (_, "DENIED"):
                DeliveryError(
                    .forbidden, message,
                    next: "allow this user to push to \(repository) (ECR: see `tickctl iam policy`), then run again")
            case (404, _):
                DeliveryError(
                    .repositoryMissing, message,
                    next: "make the repository \(repository) first (ECR: `tickctl up --step 01-ecr`)")
            case (_, "DIGEST_INVALID"), (_, "SIZE_INVALID"):
                DeliveryError(
                    .digestMismatch, message,
                    next:
                        "the bytes were damaged in the layout folder or on the way: delete the folder, build and push again"
                )
            case (_, "TAG_INVALID"), (_, "TAG_ALREADY_EXISTS"), (409, _):
                DeliveryError(
                    .tagConflict, message, next: "choose another tag: this registry lets no tag be moved")
            case (429, _):
                DeliveryError(
                    .registryThrottled, message, next: "run again in a minute",
                    retryAfter: Self.retryAfter(response))
            case (500..., _):
                DeliveryError(
                    .registryUnavailable, message, next: "look at the registry's log and run again",
                    retryAfter: Self.retryAfter(response))
            default:
                DeliveryError(.registryRefused, message, next: "look at the registry's log for the reason")
            }
    }

    /// RFC 9110 section 10.2.3, in seconds; a minute at most. A date is not obeyed: the clocks may differ.
    private static func retryAfter(_ response: HTTPResponse) -> Duration? {
        response.headers["Retry-After"].flatMap { Int($0) }.map { .seconds(max(0, min($0, 60))) }
    }

    /// At most 300 characters without control characters: the text is the peer's.
    private static func printable(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 32 && $0.value != 127 }).prefix(300))
    }
}

/// Runs an exchange; a missing answer becomes a `DeliveryError` without the URL's query, which may hold a signature.
func reachable(
    _ endpoint: RegistryEndpoint, isolation: isolated (any Actor)? = #isolation,
    _ exchange: () async throws -> HTTPResponse
) async throws -> HTTPResponse {
    do {
        return try await exchange()
    } catch let error as TransportError {
        let isHopeless = error.kind == .tls || error.kind == .unusable
        throw DeliveryError(
            isHopeless ? .registryRefused : .registryUnreachable,
            "the registry \(endpoint) cannot be used: \(error.kind.rawValue): \(error.message)",
            next: error.kind == .tls
                ? "check that the endpoint speaks TLS with a certificate that this machine trusts"
                : "check that the registry runs and that the endpoint is right, then run again")
    }
}
