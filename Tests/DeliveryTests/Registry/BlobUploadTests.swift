import CurlTransport
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Delivery

struct BlobUploadTests {
    private let folder: TemporaryFolder
    private let content: [UInt8]
    private let path: String
    private let blob: OCIDescriptor

    init() throws {
        folder = try TemporaryFolder()
        content = (0..<4500).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 256) }
        path = "\(folder.path)/blob"
        try Data(content).write(to: URL(fileURLWithPath: path))
        blob = OCIDescriptor(mediaType: OCIMediaType.layer, digest: Digest(of: content), size: content.count)
    }

    private func upload(
        to registry: ScriptedRegistry, endpoint: String = "http://127.0.0.1:5000", chunkSize: Int = 1000,
        mountingFrom source: String? = nil, sleep: @escaping @Sendable (Duration) async throws -> Void = { _ in }
    ) async throws -> BlobUpload.Outcome {
        let endpoint = try RegistryEndpoint(endpoint)
        let session = RegistrySession(
            endpoint: endpoint, transport: registry,
            authorizer: RegistryAuthorizer(endpoint: endpoint, transport: registry, credentials: nil), repository: "r")
        return try await BlobUpload(
            session: session, blob: blob, path: path, retry: RegistryRetry(sleep: sleep), chunkSize: chunkSize
        ).run(mountingFrom: source)
    }

    private func stored(_ registry: ScriptedRegistry) -> Bool {
        registry.state.withLock { $0.blobs[blob.digest.description] } == content
    }

    @Test("a large blob goes in chunks one after the other; a small one whole")
    func chunks() async throws {
        let registry = ScriptedRegistry()
        #expect(try await upload(to: registry) == .uploaded)
        #expect(stored(registry))
        #expect(registry.chunks == ["0-999", "1000-1999", "2000-2999", "3000-3999", "4000-4499"])
        #expect(registry.log.count == 8)

        let whole = ScriptedRegistry()
        #expect(try await upload(to: whole, chunkSize: 4500) == .uploaded)
        #expect(stored(whole) && whole.chunks.isEmpty)
    }

    @Test("after a lost answer the registry is asked how far it is, and no byte is sent twice")
    func resumed() async throws {
        let registry = ScriptedRegistry(.init(loses: { request, earlier in request.method == "PATCH" && earlier == 1 }))
        #expect(try await upload(to: registry) == .uploaded)
        #expect(stored(registry))
        #expect(registry.chunks == ["0-999", "1000-1999", "2000-2999", "3000-3999", "4000-4499"])
        #expect(registry.log.count { $0 == "GET /v2/upload" } == 1)
        #expect(registry.log.count { $0.hasPrefix("POST") } == 1)
    }

    @Test("a chunk that was cut off goes on in its middle")
    func cutOff() async throws {
        let isCut = Mutex(false)
        let registry = Mutex<ScriptedRegistry?>(nil)
        let scripted = ScriptedRegistry { request, _ in
            guard request.method == "PATCH", request.headers["Content-Range"] == "2000-2999",
                !isCut.withLock({ $0 })
            else { return nil }
            isCut.withLock { $0 = true }
            let arrived = try ScriptedRegistry.bytes(of: request).prefix(300)
            registry.withLock { $0 }?.state.withLock { $0.uploads[1]?.append(contentsOf: arrived) }
            throw ScriptedRegistry.lost(request)
        }
        registry.withLock { $0 = scripted }
        #expect(try await upload(to: scripted) == .uploaded)
        #expect(stored(scripted))
        #expect(scripted.chunks.dropFirst(3) == ["2300-3299", "3300-4299", "4300-4499"])
    }

    @Test("a part that the registry does not expect (416) is followed by the part that it does")
    func rangeRefused() async throws {
        let registry = Mutex<ScriptedRegistry?>(nil)
        let scripted = ScriptedRegistry { request, earlier in
            guard request.method == "PATCH", earlier == 1 else { return nil }
            // The first chunk is gone again.
            registry.withLock { $0 }?.state.withLock { $0.uploads[1] = [] }
            return nil
        }
        registry.withLock { $0 = scripted }
        #expect(try await upload(to: scripted) == .uploaded)
        #expect(stored(scripted))
        #expect(scripted.chunks.prefix(3) == ["0-999", "1000-1999", "0-999"])
    }

    @Test("an upload that the registry has dropped begins anew", arguments: ["PATCH", "GET", "PUT"])
    func dropped(on method: String) async throws {
        let kind = ScriptedRegistry.Kind(loses: { request, earlier in
            method == "GET" && request.method == "PATCH" && earlier == 2
        })
        let registry = ScriptedRegistry(kind) { request, earlier in
            guard request.method == method, ScriptedRegistry.path(request) == "/v2/upload", earlier == 0 else {
                return nil
            }
            return ScriptedRegistry.refusal(404, "BLOB_UPLOAD_INVALID")
        }
        #expect(try await upload(to: registry) == .uploaded)
        #expect(stored(registry))
        // What a PUT was refused for is still there to be resumed.
        #expect(registry.state.withLock { $0.uploadsStarted } == (method == "GET" ? 2 : 1))
    }

    @Test("an upload whose end was acknowledged to nobody is looked up")
    func lostEnd() async throws {
        let registry = ScriptedRegistry(.init(loses: { request, _ in request.method == "PUT" }))
        #expect(try await upload(to: registry) == .present)
        #expect(stored(registry))
        #expect(registry.state.withLock { $0.uploadsStarted } == 1)
    }

    @Test("where chunks after the first are dropped, the blob goes whole; to ECR from the start")
    func wholeOnly() async throws {
        let registry = ScriptedRegistry(.init(keepsFirstChunkOnly: true))
        #expect(try await upload(to: registry) == .uploaded)
        #expect(stored(registry))
        #expect(registry.chunks == ["0-999", "1000-1999"])

        let ecr = ScriptedRegistry(.init(keepsFirstChunkOnly: true))
        _ = try await upload(to: ecr, endpoint: "https://123456789012.dkr.ecr.ap-northeast-1.amazonaws.com")
        #expect(stored(ecr) && ecr.chunks.isEmpty)
    }

    @Test("chunks are as large as the registry wants them")
    func minimum() async throws {
        let registry = ScriptedRegistry(.init(minimumChunkSize: 2000))
        #expect(try await upload(to: registry) == .uploaded)
        #expect(registry.chunks == ["0-1999", "2000-3999", "4000-4499"])
        #expect(stored(registry))
    }

    @Test("each new chunk has four attempts; without progress the fifth never comes")
    func bounded() async throws {
        let flaky = ScriptedRegistry(
            .init(loses: { request, earlier in request.method == "PATCH" && earlier % 2 == 0 }))
        #expect(try await upload(to: flaky, chunkSize: 450) == .uploaded)
        #expect(stored(flaky))

        let dead = ScriptedRegistry { request, _ in
            if request.method == "PATCH" { throw ScriptedRegistry.lost(request) }
            return nil
        }
        let error = await deliveryError { _ = try await upload(to: dead) }
        #expect(error?.code == .registryUnreachable)
        #expect(dead.chunks.count == RegistryRetry.attempts)

        // Success is answered, and no chunk is ever whole: a byte a request would be 4500 requests.
        let stingy = ScriptedRegistry { request, earlier in
            guard request.method == "PATCH" else { return nil }
            return HTTPResponse(status: 202, headers: ["Location": "/v2/upload?id=1", "Range": "0-\(earlier + 1)"])
        }
        #expect(await deliveryError { _ = try await upload(to: stingy) }?.code == .registryRefused)
        #expect(stingy.chunks.count == RegistryRetry.attempts)
    }

    @Test("the registry's Retry-After is obeyed, a minute at most")
    func retryAfter() async throws {
        let pauses = Mutex<[Duration]>([])
        let registry = ScriptedRegistry { request, earlier in
            guard request.method == "PATCH", earlier < 3 else { return nil }
            return HTTPResponse(
                status: [503, 429, 500][earlier], headers: ["Retry-After": ["9", "86400", "-5"][earlier]])
        }
        _ = try await upload(to: registry, sleep: { pause in pauses.withLock { $0.append(pause) } })
        #expect(pauses.withLock { $0 } == [.seconds(9), .seconds(60), .zero])
        #expect(stored(registry))
    }

    @Test("bytes that were damaged on the way are sent again; a damaged file is named")
    func damaged() async throws {
        let registry = ScriptedRegistry { request, earlier in
            guard request.method == "PUT", earlier == 0 else { return nil }
            return ScriptedRegistry.refusal(400, "DIGEST_INVALID", "provided digest did not match")
        }
        #expect(try await upload(to: registry) == .uploaded)
        #expect(stored(registry))

        try Data(content.dropLast() + [0xff]).write(to: URL(fileURLWithPath: path))
        let fresh = ScriptedRegistry()
        let error = await deliveryError { _ = try await upload(to: fresh) }
        #expect(error?.code == .digestMismatch)
        #expect(error?.message.contains("\(path) is damaged") == true)
        #expect(error?.message.contains("DIGEST_INVALID") == true)
        #expect(fresh.log.count { $0.hasPrefix("PUT") } == 1)
    }

    @Test("a blob is taken over from another repository; where that is not done or not allowed, it is uploaded")
    func mounted() async throws {
        let registry = ScriptedRegistry(.init(mountableRepository: "other"))
        #expect(try await upload(to: registry, mountingFrom: "other") == .mounted)
        #expect(registry.log == ["HEAD /v2/r/blobs/\(blob.digest)", "POST /v2/r/blobs/uploads/"])

        let unwilling = ScriptedRegistry()
        #expect(try await upload(to: unwilling, mountingFrom: "other") == .uploaded)
        #expect(unwilling.log.count { $0.hasPrefix("POST") } == 1 && stored(unwilling))

        let forbidden = ScriptedRegistry { request, _ in
            ScriptedRegistry.query(request)["from"] == nil ? nil : ScriptedRegistry.refusal(403, "DENIED")
        }
        #expect(try await upload(to: forbidden, mountingFrom: "other") == .uploaded)
        #expect(forbidden.log.count { $0.hasPrefix("POST") } == 2 && stored(forbidden))
    }

    @Test("whatever goes wrong in passing, an upload that ends well is whole", arguments: 1...40)
    func property(seed: UInt64) async throws {
        let generator = Mutex(SeededGenerator(seed: seed))
        let faults = Mutex(0)
        @Sendable func happens(_ percent: Int) -> Bool {
            let isFault = generator.withLock { Int.random(in: 0..<100, using: &$0) < percent }
            if isFault { faults.withLock { $0 += 1 } }
            return isFault
        }
        let registry = ScriptedRegistry(.init(loses: { _, _ in happens(15) })) { request, _ in
            if happens(5) { throw ScriptedRegistry.lost(request) }
            if happens(5) { return HTTPResponse(status: 503) }
            if happens(3), ScriptedRegistry.path(request) == "/v2/upload" {
                return ScriptedRegistry.refusal(404, "BLOB_UPLOAD_UNKNOWN")
            }
            return nil
        }
        do {
            _ = try await upload(to: registry, chunkSize: 300)
            #expect(stored(registry), "seed \(seed)")
        } catch let error as DeliveryError {
            #expect(error.isTransient && faults.withLock { $0 } >= RegistryRetry.attempts, "seed \(seed): \(error)")
        }
        #expect(registry.log.count < 15 * RegistryRetry.attempts * 4, "seed \(seed)")
    }
}
