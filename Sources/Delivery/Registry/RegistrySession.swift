internal import CurlTransport
internal import Foundation
internal import OpenSSLCrypto

/// The calls of the distribution protocol that a push needs, in one repository
/// (https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#endpoints).
///
/// Each throws `DeliveryError`; none repeats anything but a request whose authorization was refused, twice at most.
struct RegistrySession {
    /// For every request without a blob.
    static let requestTimeout = Duration.seconds(60)
    /// The slowest line that an upload is given time for, bytes a second.
    private static let slowestRate = 64 * 1024

    let endpoint: RegistryEndpoint
    let transport: any HTTPTransport
    let authorizer: RegistryAuthorizer
    let repository: String

    /// The digest that a tag or a digest names; `nil`: there is no such manifest (or no such repository).
    func manifestDigest(_ reference: String) async throws -> String? {
        var request = request("HEAD", "manifests/\(reference)")
        request.headers["Accept"] = [
            OCIMediaType.manifest, OCIMediaType.index, "application/vnd.docker.distribution.manifest.v2+json",
            "application/vnd.docker.distribution.manifest.list.v2+json",
        ].joined(separator: ", ")
        var response = try await send(request)
        if response.status == 404 { return nil }
        if response.status == 200, response.headers["Docker-Content-Digest"] == nil {
            request.method = "GET"
            response = try await send(request)
        }
        guard response.status == 200 else { throw failure(response, "looking up \(reference)") }
        return response.headers["Docker-Content-Digest"] ?? Digest(of: response.body).description
    }

    /// Whether the repository has the blob.
    func hasBlob(_ blob: OCIDescriptor) async throws -> Bool {
        let response = try await send(request("HEAD", "blobs/\(blob.digest)"))
        switch response.status {
        case 200:
            if let size = response.headers["Content-Length"].flatMap({ Int($0) }), size != blob.size {
                throw DeliveryError(
                    .digestMismatch,
                    "\(endpoint) holds \(blob.digest) in \(repository) with \(size) bytes; it has \(blob.size)",
                    next: "the registry's copy is damaged: delete it there and push again")
            }
            return true
        // The blob's bytes stand elsewhere: it exists.
        case 301, 302, 303, 307, 308: return true
        case 404: return false
        default: throw failure(response, "looking up \(blob.digest)")
        }
    }

    /// Sends the blob whole, from its file.
    func upload(_ blob: OCIDescriptor, from path: String) async throws {
        let started = try await send(request("POST", "blobs/uploads/"))
        guard started.status == 202, let location = started.headers["Location"] else {
            throw failure(started, "starting the upload of \(blob.digest)")
        }
        let address = endpoint.resolve(location)
        var request = HTTPRequest(
            method: "PUT", url: address + (address.contains("?") ? "&" : "?") + "digest=sha256%3A\(blob.digest.hex)",
            headers: ["Content-Type": "application/octet-stream"],
            body: .file(path: path, offset: 0, length: blob.size))
        request.timeout = Self.requestTimeout + .seconds(blob.size / Self.slowestRate)
        let response = try await send(request)
        // Not "no such repository": the POST before was accepted.
        if response.status == 404 {
            throw DeliveryError(
                .uploadLost, "\(endpoint) has forgotten the upload of \(blob.digest) to \(repository)",
                next: "run again; when it happens again, look at the registry's log")
        }
        guard response.status == 201 else { throw failure(response, "uploading \(blob.digest)") }
        try check(response, against: blob.digest)
    }

    /// Makes the tag name the manifest.
    func putManifest(_ manifest: [UInt8], _ descriptor: OCIDescriptor, tag: String) async throws {
        var request = request("PUT", "manifests/\(tag)")
        request.headers["Content-Type"] = descriptor.mediaType
        request.body = .bytes(manifest)
        let response = try await send(request)
        guard response.status == 201 else { throw failure(response, "tagging \(tag)") }
        try check(response, against: descriptor.digest)
    }

    private func request(_ method: String, _ path: String) -> HTTPRequest {
        HTTPRequest(method: method, url: "\(endpoint.url)/v2/\(repository)/\(path)", timeout: Self.requestTimeout)
    }

    /// The credentials go to the registry's own origin only; an upload may be sent on to a store elsewhere.
    private func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        guard endpoint.isOrigin(of: request.url) else { return try await exchange(request) }
        var request = request
        var sent = await authorizer.header(repository: repository)
        request.headers["Authorization"] = sent
        var response = try await exchange(request)
        // The second 401 tells a wrong password from a missing one.
        for _ in 0..<2 where response.status == 401 {
            sent = try await authorizer.header(answering: response, refused: sent, repository: repository)
            request.headers["Authorization"] = sent
            response = try await exchange(request)
        }
        return response
    }

    private func exchange(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await reachable(endpoint) { try await transport.send(request) }
    }

    private func check(_ response: HTTPResponse, against digest: Digest) throws {
        guard let answered = response.headers["Docker-Content-Digest"], answered != digest.description else { return }
        throw DeliveryError(
            .digestMismatch, "\(endpoint) stored \(answered) in \(repository) for what is \(digest)",
            next: "the bytes were damaged on the way or in the registry: push again")
    }

    private func failure(_ response: HTTPResponse, _ action: String) -> DeliveryError {
        RegistryAnswer(response, doing: action, endpoint: endpoint, repository: repository).error
    }
}
