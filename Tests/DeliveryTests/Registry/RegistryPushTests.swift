import CurlTransport
import Foundation
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
                #expect(first.uploadedBlobs.count == 3 && first.isManifestUploaded)
                #expect(first.uploadedBytes == built.compressedSize - built.manifest.size)
                let second = try await client.push(built, repository: repository, tag: "v1")
                #expect(second.uploadedBlobs.isEmpty && second.skippedBlobs.count == 3 && !second.isManifestUploaded)
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
            recipe.executable = "/bin/echo"
            let second = try await OCIImage.build(recipe, into: image.layout)
            let conflict = await deliveryError { _ = try await client.push(second, repository: "ticket", tag: "v1") }
            #expect(conflict?.code == .tagConflict)
            let report = try await client.push(second, repository: "ticket", tag: "v2")
            #expect(Set(report.uploadedBlobs) == [second.layers[1].digest, second.configuration.digest])
            #expect(report.skippedBlobs == [second.layers[0].digest])
        }
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
            #expect(report.uploadedBlobs.count == 3)
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
        }
    }
}
