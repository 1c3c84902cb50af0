import CurlTransport
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Delivery

/// Against a real registry; `make test` installs it.
@Suite(.enabled(if: LocalRegistry.isInstalled, "docker-registry and skopeo are not installed"))
struct RegistryPushTests {
    private let transport = CurlTransport()

    private func client(_ registry: LocalRegistry, _ credentials: RegistryCredentials? = nil) throws -> RegistryClient {
        RegistryClient(
            endpoint: try RegistryEndpoint(registry.endpoint), transport: transport, credentials: credentials)
    }

    @Test("an image is pushed to three repositories, pushed again for nothing, and pulled back by skopeo")
    func pushAndPull() async throws {
        try await LocalRegistry.run { registry in
            let image = try SmallImage()
            let built = try await image.build()
            let client = try client(registry)
            for repository in ["ticket-public", "ticket-confirm", "ticket-worker"] {
                let first = try await client.push(built, repository: repository, tag: "v1")
                #expect(first.uploadedBlobs.count == 6 && first.isManifestUploaded)
                #expect(first.uploadedBytes == built.blobs.reduce(0) { $0 + $1.size })
                let second = try await client.push(built, repository: repository, tag: "v1")
                #expect(second.uploadedBlobs.isEmpty && second.skippedBlobs.count == 6 && !second.isManifestUploaded)
                #expect(second.digest == first.digest)
            }
            let pulled = "\(image.folder.path)/pulled"
            let copy = try Command([
                "skopeo", "copy", "-q", "--src-tls-verify=false",
                "docker://\(registry.host)/ticket-worker@\(built.digest)", "oci:\(pulled)",
            ])
            #expect(copy.status == 0, "\(copy.errors)")
            for blob in built.layers + [built.configuration, built.manifest] {
                #expect(
                    FileManager.default.contentsEqual(
                        atPath: OCILayout(path: pulled).blobPath(blob.digest),
                        andPath: image.layout.blobPath(blob.digest)))
            }
        }
    }

    @Test("a changed program uploads its layer and the configuration; the system layer is there")
    func secondImage() async throws {
        try await LocalRegistry.run { registry in
            let image = try SmallImage()
            let client = try client(registry)
            let first = try await image.build()
            _ = try await client.push(first, repository: "ticket", tag: "v1")
            var recipe = image.recipe
            recipe.executables = ["/bin/echo"]
            let second = try await OCIImage.build(recipe, into: image.layout)
            let conflict = await deliveryError { _ = try await client.push(second, repository: "ticket", tag: "v1") }
            #expect(conflict?.code == .tagConflict)
            let report = try await client.push(second, repository: "ticket", tag: "v2")
            #expect(report.skippedBlobs.contains(second.layers[0].digest))
            #expect(report.uploadedBlobs.contains(second.layers[1].digest))
            // Layer, configuration, bill of materials, provenance; the system layer and "{}" are there.
            #expect(report.uploadedBlobs.count == 4)
        }
    }

    @Test("three repositories hold each blob, and it is sent once")
    func mounted() async throws {
        try await LocalRegistry.run { registry in
            let built = try await SmallImage().build()
            let client = try client(registry)
            _ = try await client.push(built, repository: "ticket-public", tag: "v1")
            let report = try await client.push(
                built, repository: "ticket-worker", tag: "v1", mountingFrom: "ticket-public")
            #expect(report.mountedBlobs.count == 6 && report.uploadedBytes == 0)
            let found = try await client.inspect("v1", repository: "ticket-worker")
            #expect(found.platforms[0].attachments.count == 2)
        }
    }

    @Test("a blob goes in chunks; an upload that was cut off begins anew and ends whole")
    func chunks() async throws {
        try await LocalRegistry.run { registry in
            let folder = try TemporaryFolder()
            let path = try folder.write("blob", String(repeating: "0123456789abcdef", count: 20_000))
            let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
            let blob = OCIDescriptor(mediaType: OCIMediaType.layer, digest: Digest(of: bytes), size: bytes.count)
            let endpoint = try RegistryEndpoint(registry.endpoint)
            let patches = Mutex(0)
            let transport = transport
            // The third chunk arrives by half: its connection ends in the middle of its body.
            let flaky = ScriptedTransport { request, _ in
                guard request.method == "PATCH",
                    patches.withLock({
                        $0 += 1; return $0
                    }) == 3
                else {
                    return try await transport.send(request)
                }
                try cutOff(request)
                throw ScriptedRegistry.lost(request)
            }
            let session = RegistrySession(
                endpoint: endpoint, transport: flaky,
                authorizer: RegistryAuthorizer(endpoint: endpoint, transport: flaky, credentials: nil),
                repository: "ticket")
            let upload = BlobUpload(
                session: session, blob: blob, path: path, retry: RegistryRetry(sleep: { _ in }), chunkSize: 50_000)
            #expect(try await upload.run(mountingFrom: nil) == .uploaded)
            #expect(try await session.blob(blob) == bytes)
            #expect(patches.withLock { $0 } == 3 + 7)
        }
    }

    /// Writes the head and half of the body, then ends the connection.
    private func cutOff(_ request: HTTPRequest) throws {
        let parts = try #require(URLComponents(string: request.url))
        let bytes = try ScriptedRegistry.bytes(of: request)
        let head =
            "PATCH \(parts.percentEncodedPath)?\(parts.percentEncodedQuery ?? "") HTTP/1.1\r\nHost: registry\r\n"
            + "Content-Type: application/octet-stream\r\nContent-Length: \(bytes.count)\r\n\r\n"
        try LocalRegistry.write(Array(head.utf8) + bytes.prefix(bytes.count / 2), to: parts.port ?? 0)
    }

    @Test("a login is needed, wrong, right")
    func login() async throws {
        try await LocalRegistry.run(requiresLogin: true) { registry in
            let image = try SmallImage()
            let built = try await image.build()
            let none = await deliveryError { _ = try await client(registry).push(built, repository: "a/b", tag: "v1") }
            #expect(none?.code == .unauthorized)
            let wrong = await deliveryError {
                let credentials = RegistryCredentials(user: "tickctl", password: "wrong-horse")
                _ = try await client(registry, credentials).push(built, repository: "a/b", tag: "v1")
            }
            #expect(wrong?.code == .unauthorized)
            #expect(wrong?.message.contains("the user tickctl") == true)
            #expect(wrong.map { "\($0)".contains("wrong-horse") } == false)
            let credentials = RegistryCredentials(user: "tickctl", password: "right-horse")
            let report = try await client(registry, credentials).push(built, repository: "a/b", tag: "v1")
            #expect(report.uploadedBlobs.count == 6)
        }
    }

    @Test("a damaged blob is refused by the registry and told so")
    func damagedBlob() async throws {
        try await LocalRegistry.run { registry in
            let image = try SmallImage()
            let built = try await image.build()
            let path = image.layout.blobPath(built.layers[0].digest)
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: URL(fileURLWithPath: path))
            let error = await deliveryError {
                _ = try await client(registry).push(built, repository: "ticket", tag: "v1")
            }
            #expect(error?.code == .digestMismatch)
            #expect(error?.message.contains("DIGEST_INVALID") == true)
            #expect(error?.message.contains("\(path) is damaged") == true)
        }
    }
}
