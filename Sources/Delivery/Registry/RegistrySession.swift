internal import CurlTransport
internal import Foundation

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
        request.headers["Accept"] = OCIMediaType.manifests
        var response = try await send(request)
        if response.status == 404 { return nil }
        if response.status == 200, response.headers["Docker-Content-Digest"] == nil {
            request.method = "GET"
            response = try await send(request)
        }
        guard response.status == 200 else { throw failure(response, "looking up \(reference)") }
        return response.headers["Docker-Content-Digest"] ?? Digest(of: response.body).description
    }

    /// The document that a tag or a digest names, checked against its digest; `nil`: there is none.
    func manifest(_ reference: String) async throws -> (bytes: [UInt8], mediaType: String)? {
        var request = request("GET", "manifests/\(reference)")
        request.headers["Accept"] = OCIMediaType.manifests
        let response = try await send(request)
        if response.status == 404 { return nil }
        guard response.status == 200 else { throw failure(response, "fetching \(reference)") }
        if let digest = Digest(reference) { try check(response.body, against: digest) }
        return (response.body, response.headers["Content-Type"] ?? "")
    }

    /// A blob in memory: a configuration or another document, not a layer. It may stand elsewhere, one redirect away.
    func blob(_ blob: OCIDescriptor) async throws -> [UInt8] {
        var response = try await send(request("GET", "blobs/\(blob.digest)"))
        if [301, 302, 303, 307, 308].contains(response.status), let location = response.headers["Location"] {
            response = try await send("GET", endpoint.resolve(location))
        }
        guard response.status == 200 else { throw failure(response, "fetching \(blob.digest)") }
        try check(response.body, against: blob.digest)
        return response.body
    }

    /// What is attached to a manifest, from the registry's own list or from the tag that stands for it
    /// (https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#listing-referrers).
    func referrers(of subject: Digest) async throws -> [OCIDescriptor] {
        let response = try await send(request("GET", "referrers/\(subject)"))
        if response.status == 200 {
            return try OCIIndex.decode(response.body, from: "\(endpoint)").manifests
        }
        guard let list = try await manifest(Self.referrersTag(subject)) else { return [] }
        return try OCIIndex.decode(list.bytes, from: "\(endpoint)").manifests
    }

    /// The tag whose index lists what is attached to `subject` where the registry keeps no such list itself
    /// (https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#referrers-tag-schema).
    static func referrersTag(_ subject: Digest) -> String { "sha256-\(subject.hex)" }

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

    enum UploadStart {
        case mounted
        case started(UploadPosition)
    }

    /// Starts an upload, or takes the blob over from another repository of this registry.
    ///
    /// A registry that does not mount answers with an upload; one that refuses to (by its rights, say) is asked again
    /// for an upload alone.
    func beginUpload(of blob: OCIDescriptor, mountingFrom source: String? = nil) async throws -> UploadStart {
        let action = "starting the upload of \(blob.digest)"
        if let source {
            let mount = request("POST", "blobs/uploads/?mount=sha256%3A\(blob.digest.hex)&from=\(source)")
            do {
                let response = try await send(mount)
                if response.status == 201 { return .mounted }
                if response.status == 202 { return .started(try started(response, action)) }
            } catch let error as DeliveryError where [.unauthorized, .forbidden].contains(error.code) {
                // The source may be closed to this user; the repository itself is asked for next.
            }
        }
        return .started(try started(try await send(request("POST", "blobs/uploads/")), action))
    }

    private func started(_ response: HTTPResponse, _ action: String) throws -> UploadPosition {
        guard response.status == 202, let location = response.headers["Location"] else {
            throw failure(response, action)
        }
        let minimum = response.headers["OCI-Chunk-Min-Length"].flatMap { Int($0) } ?? 0
        return UploadPosition(location: endpoint.resolve(location), offset: 0, minimumChunkSize: max(0, minimum))
    }

    /// Sends the blob whole, from its file.
    func upload(_ blob: OCIDescriptor, from path: String, to upload: UploadPosition) async throws {
        try await close(blob, upload, body: .file(path: path, offset: 0, length: blob.size))
    }

    /// Ends an upload that has all chunks.
    func finish(_ blob: OCIDescriptor, _ upload: UploadPosition) async throws {
        try await close(blob, upload, body: .bytes([]))
    }

    private func close(_ blob: OCIDescriptor, _ upload: UploadPosition, body: HTTPBody) async throws {
        let query = upload.location.contains("?") ? "&" : "?"
        let response = try await send(
            "PUT", "\(upload.location)\(query)digest=sha256%3A\(blob.digest.hex)",
            headers: ["Content-Type": "application/octet-stream"], body: body)
        guard response.status == 201 else { throw uploadFailure(response, blob) }
        try check(response, against: blob.digest)
    }

    /// Sends the bytes of the blob from `upload.offset` to before `end`.
    /// - Returns: where the upload stands now; nil: the registry expects other bytes (416).
    func sendChunk(
        of blob: OCIDescriptor, from path: String, at upload: UploadPosition, to end: Int
    ) async throws -> UploadPosition? {
        let response = try await send(
            "PATCH", upload.location,
            headers: [
                "Content-Type": "application/octet-stream", "Content-Range": "\(upload.offset)-\(end - 1)",
            ],
            body: .file(path: path, offset: upload.offset, length: end - upload.offset))
        if response.status == 416 { return nil }
        guard [201, 202, 204].contains(response.status) else { throw uploadFailure(response, blob) }
        return upload.moved(by: response, at: endpoint, unsaid: end)
    }

    /// Where an upload stands; nil: the registry no longer has it, or what it says cannot be.
    func position(of upload: UploadPosition, _ blob: OCIDescriptor) async throws -> UploadPosition? {
        let response = try await send("GET", upload.location)
        switch response.status {
        case 200, 204:
            let position = upload.moved(by: response, at: endpoint, unsaid: 0)
            return position.offset <= blob.size ? position : nil
        // Not known, or not with this state: docker-registry lets no upload go on that was cut off in a chunk.
        case 400, 404, 405, 416: return nil
        default: throw uploadFailure(response, blob)
        }
    }

    private func uploadFailure(_ response: HTTPResponse, _ blob: OCIDescriptor) -> DeliveryError {
        // Not "no such repository": the POST before was accepted.
        guard response.status == 404 else { return failure(response, "uploading \(blob.digest)") }
        return DeliveryError(
            .uploadLost, "\(endpoint) has forgotten the upload of \(blob.digest) to \(repository)",
            next: "run again; when it happens again, look at the registry's log")
    }

    /// Stores a manifest under its digest or a tag.
    /// - Returns: whether the registry listed it by itself as attached to its subject
    ///   (https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pushing-manifests-with-subject).
    func putManifest(_ manifest: [UInt8], _ descriptor: OCIDescriptor, as reference: String) async throws -> Bool {
        let response = try await send(
            "PUT", "\(endpoint.url)/v2/\(repository)/manifests/\(reference)",
            headers: ["Content-Type": descriptor.mediaType], body: .bytes(manifest))
        guard response.status == 201 else { throw failure(response, "storing the manifest \(reference)") }
        try check(response, against: descriptor.digest)
        return response.headers["OCI-Subject"] != nil
    }

    private func request(_ method: String, _ path: String) -> HTTPRequest {
        HTTPRequest(method: method, url: "\(endpoint.url)/v2/\(repository)/\(path)", timeout: Self.requestTimeout)
    }

    private func send(
        _ method: String, _ url: String, headers: HTTPHeaders = [:], body: HTTPBody = .bytes([])
    ) async throws -> HTTPResponse {
        var request = HTTPRequest(
            method: method, url: url, headers: headers, body: body, timeout: Self.requestTimeout)
        if case .file(_, _, let length) = body {
            request.timeout = Self.requestTimeout + .seconds(length / Self.slowestRate)
        }
        return try await send(request)
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

    private func check(_ bytes: [UInt8], against digest: Digest) throws {
        let actual = Digest(of: bytes)
        guard actual != digest else { return }
        throw DeliveryError(
            .digestMismatch, "\(endpoint) answers \(actual) from \(repository) when asked for \(digest)",
            next: "the registry's copy is damaged: delete it there and push again")
    }

    private func failure(_ response: HTTPResponse, _ action: String) -> DeliveryError {
        RegistryAnswer(response, doing: action, endpoint: endpoint, repository: repository).error
    }
}

/// How far an upload is, as far as the registry said.
struct UploadPosition: Equatable, Sendable {
    /// Absolute. Changes with every answer; registries keep their state in it.
    var location: String
    /// Bytes that the registry has.
    var offset: Int
    /// Bytes that every chunk but the last has at least (OCI-Chunk-Min-Length).
    var minimumChunkSize = 0

    /// What an answer's `Location` and `Range` say; `Range` is inclusive, and 0-0 also stands for "nothing yet".
    func moved(by response: HTTPResponse, at endpoint: RegistryEndpoint, unsaid: Int) -> UploadPosition {
        var position = self
        if let location = response.headers["Location"] { position.location = endpoint.resolve(location) }
        let last = response.headers["Range"].flatMap { $0.split(separator: "-").last }.flatMap { Int($0) }
        position.offset = last.map { $0 > 0 && $0 < .max ? $0 + 1 : 0 } ?? unsaid
        return position
    }
}
