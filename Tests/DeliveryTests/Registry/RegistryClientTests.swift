import CurlTransport
import Foundation
import Synchronization
import Testing

@testable import Delivery

struct RegistryClientTests {
    private let image: SmallImage

    init() throws {
        image = try SmallImage()
    }

    /// Pushes with pauses that take no time.
    private func push(
        to registry: ScriptedRegistry, endpoint: String = "http://127.0.0.1:5000",
        credentials: RegistryCredentials? = nil, repository: String = "ticket-public", tag: String = "v1",
        tagPolicy: RegistryClient.TagPolicy = .keep
    ) async throws -> PushReport {
        let client = RegistryClient(
            endpoint: try RegistryEndpoint(endpoint), transport: registry, credentials: credentials, sleep: { _ in })
        return try await client.push(try await image.build(), repository: repository, tag: tag, tagPolicy: tagPolicy)
    }

    /// Layers, configuration, and what the two attachments bring: "{}" and a document each.
    private static let blobCount = 6

    @Test("a first push asks before each upload, and sends blobs, manifests, what is attached, and the tag last")
    func firstPush() async throws {
        let registry = ScriptedRegistry()
        let report = try await push(to: registry)
        #expect(report.uploadedBlobs.count == Self.blobCount)
        #expect(report.skippedBlobs.isEmpty)
        #expect(report.isManifestUploaded)
        #expect(report.reference == "127.0.0.1:5000/ticket-public@\(report.digest)")
        let log = registry.log
        #expect(log.first == "HEAD /v2/ticket-public/manifests/v1")
        #expect(log.count { $0.hasPrefix("HEAD /v2/ticket-public/blobs/sha256:") } == Self.blobCount)
        #expect(log.count { $0 == "POST /v2/ticket-public/blobs/uploads/" } == Self.blobCount)
        #expect(log.suffix(2) == ["PUT /v2/ticket-public/manifests/v1", "HEAD /v2/ticket-public/manifests/v1"])
        let fallback = "/v2/ticket-public/manifests/sha256-\(report.digest.hex)"
        #expect(log.filter { $0.hasSuffix(fallback) } == ["GET \(fallback)", "PUT \(fallback)"])
        #expect(log.count == 29)
    }

    @Test("what is attached is listed by the registry, or under a tag that keeps what others have attached")
    func attached() async throws {
        let image = try await image.build()
        let listing = ScriptedRegistry(.init(listsReferrers: true))
        _ = try await push(to: listing)
        #expect(listing.state.withLock { $0.manifests["sha256-\(image.digest.hex)"] } == nil)

        let other = OCIDescriptor(mediaType: OCIMediaType.manifest, digest: Digest(of: [7]), size: 1)
        let tagging = ScriptedRegistry()
        let list = try CanonicalJSON.encode(OCIIndex(manifests: [other]))
        tagging.state.withLock { state in
            state.manifests["sha256-\(image.digest.hex)"] = "list"
            state.documents["list"] = list
        }
        _ = try await push(to: tagging)
        let bytes = try #require(
            tagging.state.withLock { state in
                state.manifests["sha256-\(image.digest.hex)"].flatMap { state.documents[$0] }
            })
        let listed = try CanonicalJSON.decode(OCIIndex.self, from: bytes).manifests
        #expect(listed.map(\.artifactType) == [nil, "application/spdx+json", "application/vnd.in-toto+json"])

        for registry in [listing, tagging] {
            let client = RegistryClient(endpoint: try RegistryEndpoint("http://127.0.0.1:5000"), transport: registry)
            let found = try await client.inspect("v1", repository: "ticket-public")
            #expect(found.digest == image.digest)
            #expect(found.platforms[0].attachments.count == (registry === tagging ? 3 : 2))
        }
    }

    @Test("what is attached is listed whole by the push after one that was killed before it was listed")
    func halfListed() async throws {
        let image = try await image.build()
        let registry = ScriptedRegistry { request, earlier in
            guard request.method == "PUT", request.url.contains("/manifests/sha256-"),
                earlier < RegistryRetry.attempts
            else { return nil }
            throw ScriptedRegistry.lost(request)
        }
        _ = await deliveryError { _ = try await push(to: registry) }
        let report = try await push(to: registry)
        #expect(report.uploadedBlobs.isEmpty)
        let client = RegistryClient(endpoint: try RegistryEndpoint("http://127.0.0.1:5000"), transport: registry)
        #expect(try await client.inspect("v1", repository: "ticket-public").platforms[0].attachments.count == 2)
        #expect(registry.state.withLock { $0.manifests["sha256-\(image.digest.hex)"] } != nil)
    }

    @Test("a push that was killed before the tag sends the rest only")
    func halfPushed() async throws {
        let registry = ScriptedRegistry { request, earlier in
            guard request.method == "PUT", request.url.hasSuffix("/v1"), earlier < RegistryRetry.attempts else {
                return nil
            }
            throw ScriptedRegistry.lost(request)
        }
        _ = await deliveryError { _ = try await push(to: registry) }
        let report = try await push(to: registry)
        #expect(report.uploadedBlobs.isEmpty && report.skippedBlobs.count == Self.blobCount)
        #expect(registry.state.withLock { $0.manifests["v1"] } == report.digest.description)
        #expect(registry.log.count { $0 == "POST /v2/ticket-public/blobs/uploads/" } == Self.blobCount)
    }

    @Test("a tag that may not be moved and was put by a request whose answer was lost is no conflict")
    func lostTag() async throws {
        let kind = ScriptedRegistry.Kind(loses: { request, earlier in
            request.method == "PUT" && request.url.hasSuffix("/v1") && earlier == 0
        })
        let registry = ScriptedRegistry(kind) { request, earlier in
            guard request.method == "PUT", request.url.hasSuffix("/v1"), earlier > 0 else { return nil }
            return ScriptedRegistry.refusal(400, "TAG_ALREADY_EXISTS")
        }
        #expect(try await push(to: registry).isManifestUploaded)
    }

    @Test("an index goes with its platforms, each before it")
    func index() async throws {
        var image = image
        image.recipe.executables.append(try image.foreignProgram())
        let registry = ScriptedRegistry()
        let client = RegistryClient(endpoint: try RegistryEndpoint("http://127.0.0.1:5000"), transport: registry)
        let built = try await image.build()
        let report = try await client.push(built, repository: "r", tag: "v1")
        #expect(report.digest == built.digest && report.uploadedBlobs.count == built.blobs.count)
        let puts = registry.log.filter { $0.hasPrefix("PUT /v2/r/manifests/") }.map { $0.dropFirst(20) }
        #expect(puts.prefix(2) == built.images.map { Substring($0.manifest.digest.description) }[...])
        #expect(puts.last == "v1" && puts.count == 2 + 4 + 1 + 2 + 1)
        let found = try await client.inspect("v1", repository: "r")
        #expect(found.platforms.map(\.platform) == ["linux/amd64", "linux/arm64"])
        #expect(found.compressedSize == built.compressedSize)
        #expect(found.platforms.allSatisfy { $0.attachments.count == 2 && $0.user == "65532:65532" })
    }

    @Test("a second push is one request")
    func secondPush() async throws {
        let registry = ScriptedRegistry()
        _ = try await push(to: registry)
        let before = registry.log.count
        let report = try await push(to: registry)
        #expect(report.uploadedBlobs.isEmpty && report.uploadedBytes == 0)
        #expect(report.skippedBlobs.count == Self.blobCount)
        #expect(!report.isManifestUploaded)
        #expect(registry.log.count == before + 1)
    }

    @Test("a new tag for an image that is there uploads no blob")
    func secondTag() async throws {
        let registry = ScriptedRegistry()
        _ = try await push(to: registry)
        let report = try await push(to: registry, tag: "v2")
        #expect(report.uploadedBlobs.isEmpty)
        #expect(report.isManifestUploaded)
        #expect(registry.state.withLock { $0.manifests["v2"] } == report.digest.description)
    }

    @Test("a tag of another image is refused before anything is sent, unless it may be moved")
    func tagConflict() async throws {
        let other = Digest(of: [1]).description
        let registry = ScriptedRegistry()
        registry.state.withLock { $0.manifests["v1"] = other }
        let error = await deliveryError { _ = try await push(to: registry) }
        #expect(error?.code == .tagConflict)
        let digest = try await image.build().digest
        #expect(error?.message.contains(other) == true && error?.message.contains("\(digest)") == true)
        #expect(registry.log == ["HEAD /v2/ticket-public/manifests/v1"])
        #expect(try await push(to: registry, tagPolicy: .move).isManifestUploaded)
    }

    @Test(
        "a refusal is told with its reason",
        arguments: [
            ("POST", 404, "NAME_UNKNOWN", "", DeliveryError.Code.repositoryMissing),
            ("POST", 401, "UNAUTHORIZED", "", .unauthorized), ("POST", 403, "DENIED", "", .forbidden),
            ("PUT /v2/upload", 413, "SIZE", "", .registryFull), ("PUT /v2/upload", 507, "", "", .registryFull),
            ("PUT /v2/upload", 500, "UNKNOWN", "write: no space left on device", .registryFull),
            ("PUT /v2/upload", 400, "DIGEST_INVALID", "", .digestMismatch),
            ("PUT /v2/ticket", 400, "TAG_INVALID", "", .tagConflict),
            ("PUT /v2/ticket", 400, "MANIFEST_INVALID", "", .registryRefused),
            ("POST", 307, "", "", .registryRefused), ("HEAD", 500, "", "", .registryUnavailable),
            ("HEAD", 429, "TOOMANYREQUESTS", "", .registryThrottled),
        ])
    func refusals(on: String, status: Int, code: String, detail: String, expected: DeliveryError.Code) async throws {
        let registry = ScriptedRegistry { request, _ in
            guard ScriptedRegistry.line(request).hasPrefix(on) else { return nil }
            return ScriptedRegistry.refusal(status, code, #"because\u001b[2J of this"#, detail: detail)
        }
        let error = await deliveryError { _ = try await push(to: registry) }
        #expect(error?.code == expected)
        #expect(error.map { $0.next.isEmpty || $0.message.contains("\u{1b}") } == false)
        if status != 401 { #expect(error?.message.contains("HTTP \(status)") == true) }
        #expect(error?.description.contains("secret-state") == false)
    }

    @Test("what fails in passing is tried four times, with pauses that double")
    func retried() async throws {
        let pauses = Mutex<[Duration]>([])
        let registry = ScriptedRegistry { request, earlier in
            switch (request.method, earlier) {
            case ("HEAD", 0):
                throw TransportError(
                    kind: .interrupted, mayHaveBeenSent: true, curlCode: 56, message: "gone", url: request.url)
            case ("HEAD", 1) where request.url.hasSuffix("/v1"):
                HTTPResponse(status: 429, headers: ["Retry-After": "7"])
            case ("PUT", 0) where request.url.hasSuffix("/v1"): HTTPResponse(status: 503)
            default: nil
            }
        }
        let client = RegistryClient(
            endpoint: try RegistryEndpoint("http://127.0.0.1:5000"), transport: registry,
            sleep: { pause in pauses.withLock { $0.append(pause) } })
        let report = try await client.push(try await image.build(), repository: "r", tag: "v1")
        #expect(report.uploadedBlobs.count == Self.blobCount)
        #expect(pauses.withLock { $0 }.prefix(2) == [.milliseconds(250), .seconds(7)])

        let dead = ScriptedRegistry { request, _ in
            throw TransportError(
                kind: .connect, mayHaveBeenSent: false, curlCode: 7, message: "refused", url: request.url)
        }
        let error = await deliveryError { _ = try await push(to: dead) }
        #expect(error?.code == .registryUnreachable)
        #expect(dead.log.count == 4)
    }

    @Test("an upload whose answer was lost is looked up, not sent again")
    func lostAnswer() async throws {
        let built = try await image.build()
        let layer = built.layers[0].digest.description
        let arrived = Mutex(false)
        let registry = ScriptedRegistry { request, _ in
            if request.method == "PUT", request.url.contains(layer.dropFirst(7)), !arrived.withLock({ $0 }) {
                arrived.withLock { $0 = true }
                throw TransportError(
                    kind: .interrupted, mayHaveBeenSent: true, curlCode: 52, message: "gone", url: request.url)
            }
            if request.method == "HEAD", request.url.hasSuffix(layer), arrived.withLock({ $0 }) {
                return HTTPResponse(status: 200)
            }
            return nil
        }
        let report = try await push(to: registry)
        #expect(report.skippedBlobs.map(\.description) == [layer])
        #expect(registry.log.count { $0 == "PUT /v2/upload" } == Self.blobCount)
    }

    @Test(
        "an upload that a lost answer had finished is looked up; one that was dropped is begun anew, four times at most"
    )
    func forgottenUpload() async throws {
        @Sendable func isUpload(_ request: HTTPRequest) -> Bool { ScriptedRegistry.line(request) == "PUT /v2/upload" }
        let unknown = ScriptedRegistry.refusal(404, "BLOB_UPLOAD_UNKNOWN")
        // What a client sees whose transport wrote the request again: the first writing ended the upload.
        let layer = try await image.build().layers[0].digest
        let arrived = Mutex(false)
        let finished = ScriptedRegistry { request, _ in
            if isUpload(request), request.url.contains(layer.hex) {
                arrived.withLock { $0 = true }
                return unknown
            }
            let isLookup = request.method == "HEAD" && request.url.hasSuffix(layer.hex)
            return isLookup && arrived.withLock { $0 } ? HTTPResponse(status: 200) : nil
        }
        #expect(try await push(to: finished).skippedBlobs == [layer])

        let dropped = ScriptedRegistry { request, earlier in isUpload(request) && earlier == 0 ? unknown : nil }
        #expect(try await push(to: dropped).uploadedBlobs.count == Self.blobCount)
        #expect(dropped.log.count { $0.hasPrefix("POST") } == Self.blobCount + 1)

        let forgetful = ScriptedRegistry { request, _ in
            isUpload(request) && request.url.contains(layer.hex) ? unknown : nil
        }
        #expect(await deliveryError { _ = try await push(to: forgetful) }?.code == .uploadLost)
        #expect(forgetful.state.withLock { $0.requests }.count { isUpload($0) && $0.url.contains(layer.hex) } == 4)
    }

    @Test("a registry that stores other bytes is found out", arguments: ["PUT /v2/upload", "PUT /v2/ticket-public"])
    func digestMismatch(on: String) async throws {
        let registry = ScriptedRegistry { request, _ in
            guard ScriptedRegistry.line(request).hasPrefix(on) else { return nil }
            return HTTPResponse(status: 201, headers: ["Docker-Content-Digest": Digest(of: [9]).description])
        }
        let error = await deliveryError { _ = try await push(to: registry) }
        #expect(error?.code == .digestMismatch)
    }

    @Test("a blob of another size in the registry is found out")
    func sizeMismatch() async throws {
        let registry = ScriptedRegistry { request, _ in
            guard request.method == "HEAD", request.url.contains("/blobs/") else { return nil }
            return HTTPResponse(status: 200, headers: ["Content-Length": "3"])
        }
        #expect(await deliveryError { _ = try await push(to: registry) }?.code == .digestMismatch)
    }

    @Test("Basic credentials are sent when asked for, and to the registry alone")
    func basic() async throws {
        let registry = ScriptedRegistry { request, _ in
            if request.url.hasPrefix("https://store.example.com") {
                return HTTPResponse(status: 201)
            }
            guard request.headers["Authorization"] == "Basic QVdTOnNlc2FtZQ==" else {
                return HTTPResponse(status: 401, headers: ["WWW-Authenticate": #"Basic realm="x""#])
            }
            if request.method == "POST" {
                return HTTPResponse(status: 202, headers: ["Location": "https://store.example.com/up"])
            }
            return nil
        }
        let report = try await push(to: registry, credentials: .init(user: "AWS", password: "sesame"))
        #expect(report.uploadedBlobs.count == Self.blobCount)
        let requests = registry.state.withLock { $0.requests }
        #expect(requests.first?.headers["Authorization"] == nil)
        let elsewhere = requests.filter { $0.url.hasPrefix("https://store.example.com") }
        #expect(elsewhere.count == Self.blobCount)
        #expect(elsewhere.allSatisfy { $0.headers["Authorization"] == nil })
        #expect(requests.count { $0.headers["Authorization"] == nil } == Self.blobCount + 1)
    }

    @Test("a wrong password is told once, without the password")
    func wrongPassword() async throws {
        let registry = ScriptedRegistry { _, _ in
            HTTPResponse(status: 401, headers: ["WWW-Authenticate": #"Basic realm="x""#])
        }
        let error = await deliveryError {
            _ = try await push(to: registry, credentials: .init(user: "AWS", password: "sesame"))
        }
        #expect(error?.code == .unauthorized)
        #expect(error.map { "\($0)".contains("sesame") || "\($0)".contains("c2VzYW1l") } == false)
        #expect(registry.log.count <= 3)
        #expect(await deliveryError { _ = try await push(to: registry) }?.message.contains("none are given") == true)
    }

    @Test("no password goes over plain http to another machine")
    func insecure() async throws {
        let registry = ScriptedRegistry { request, _ in
            HTTPResponse(status: 401, headers: ["WWW-Authenticate": #"Basic realm="x""#])
        }
        let error = await deliveryError {
            _ = try await push(
                to: registry, endpoint: "http://registry.example.com", credentials: .init(user: "u", password: "p"))
        }
        #expect(error?.code == .endpointInsecure)
        #expect(registry.state.withLock { $0.requests }.allSatisfy { $0.headers["Authorization"] == nil })
    }

    @Test("a Bearer token is fetched once for a repository, and again when it has expired")
    func bearer() async throws {
        let issued = Mutex(0)
        let registry = ScriptedRegistry { request, _ in
            if request.url.hasPrefix("https://auth.example.com/token?") {
                let number = issued.withLock { count in
                    count += 1
                    return count
                }
                // Either name is allowed; the second is OAuth 2's.
                let member = number == 1 ? "token" : "access_token"
                return HTTPResponse(status: 200, body: Array(#"{"\#(member)":"t\#(number)"}"#.utf8))
            }
            // The first token ends when the manifest is put.
            let valid = request.method == "PUT" && request.url.hasSuffix("/v1") ? "Bearer t2" : "Bearer t1"
            if request.headers["Authorization"] == valid || request.headers["Authorization"] == "Bearer t2" {
                return nil
            }
            let challenge = #"Bearer realm="https://auth.example.com/token",service="registry""#
            return HTTPResponse(status: 401, headers: ["WWW-Authenticate": challenge])
        }
        _ = try await push(
            to: registry, endpoint: "https://r.example.com", credentials: .init(user: "u", password: "p"))
        let tokens = registry.state.withLock { $0.requests }.filter { $0.url.hasPrefix("https://auth") }
        #expect(tokens.count == 2)
        #expect(
            tokens[0].url == "https://auth.example.com/token?service=registry&scope=repository:ticket-public:pull,push")
        #expect(tokens[0].headers["Authorization"] == "Basic dTpw")
    }

    @Test(
        "names that no registry accepts cost no request",
        arguments: [
            ("Upper", "v1"), ("a//b", "v1"), ("a/", "v1"), ("", "v1"), ("-a", "v1"), ("a", ""), ("a", "-v"),
            ("a", "v 1"),
            ("a", String(repeating: "v", count: 129)), ("a/../b", "v1"),
        ])
    func badNames(repository: String, tag: String) async throws {
        let registry = ScriptedRegistry()
        let error = await deliveryError { _ = try await push(to: registry, repository: repository, tag: tag) }
        #expect(error?.code == .nameInvalid)
        #expect(registry.log.isEmpty)
    }
}
