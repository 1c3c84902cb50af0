import Foundation
import TestSupport
import Testing

@testable import Delivery

struct AttachmentTests {
    private func documents(_ built: BuiltImage) throws -> [(manifest: OCIManifest, content: [UInt8])] {
        try built.images[0].attachments.map { attachment in
            let manifest = try CanonicalJSON.decode(
                OCIManifest.self, from: built.layout.document(attachment.descriptor))
            return (manifest, try built.layout.document(manifest.layers[0]))
        }
    }

    @Test("each image has a bill of materials and a provenance attached; equal builds have equal ones")
    func attached() async throws {
        let image = try SmallImage()
        let built = try await image.build()
        let found = try documents(built)
        #expect(found.map(\.manifest.artifactType) == ["application/spdx+json", "application/vnd.in-toto+json"])
        for (manifest, _) in found {
            #expect(manifest.subject?.digest == built.digest)
            #expect(
                manifest.config.digest.description
                    == "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a")
        }
        let elsewhere = try await OCIImage.build(image.recipe, into: OCILayout(path: "\(image.folder.path)/other"))
        #expect(elsewhere.manifests.map(\.descriptor) == built.manifests.map(\.descriptor))
        // From a layer that is reused, the same packages are told.
        #expect(try await image.build().manifests.map(\.descriptor) == built.manifests.map(\.descriptor))
    }

    @Test("the bill names the packages that the files and the program come from")
    func bill() async throws {
        let built = try await SmallImage().build()
        let bill = try CanonicalJSON.decode(SPDXDocument.self, from: try documents(built)[0].content)
        #expect(bill.creationInfo.created == "2023-11-14T22:13:20Z")
        #expect(bill.packages[0].checksums?[0].checksumValue == built.digest.hex)
        let nio = try #require(bill.packages.first { $0.name == "swift-nio" })
        #expect(nio.externalRefs?[0].referenceLocator.hasPrefix("pkg:swift/github.com/apple/swift-nio@2.") == true)
        #expect(Set(bill.packages.map(\.id)).count == bill.packages.count)
        #expect(bill.relationships.count == bill.packages.count)
        guard FileManager.default.fileExists(atPath: "/usr/bin/dpkg-query") else { return }
        let libc = try #require(bill.packages.first { $0.name == "libc6" })
        let installed = try Command(["dpkg-query", "-W", "-f", "${Version}", "libc6"]).output
        #expect(libc.versionInfo == installed)
        #expect(libc.externalRefs?[0].referenceLocator.contains("/libc6@") == true)
        #expect(!bill.packages.contains { $0.name.hasPrefix("libc.so") })
    }

    @Test("the provenance names the image, the commit and what went in")
    func provenance() async throws {
        var image = try SmallImage()
        image.recipe.source = "https://github.com/example/tickets"
        image.recipe.builder = "https://github.com/example/tickets/.github/workflows/cicd.yml@refs/heads/main"
        let built = try await image.build()
        let statement = try CanonicalJSON.decode(ProvenanceStatement.self, from: try documents(built)[1].content)
        #expect(statement.subject == [.init(name: "tickctl", digest: ["sha256": built.digest.hex])])
        let definition = statement.predicate.buildDefinition
        #expect(definition.resolvedDependencies[0].uri == "git+https://github.com/example/tickets@abc123")
        #expect(definition.externalParameters.platform == built.platform?.description)
        #expect(definition.resolvedDependencies.count == 3 + SwiftPackage.linked.count)
        #expect(statement.predicate.runDetails.builder.id == image.recipe.builder)
    }

    @Test("a layout tells what it holds")
    func inspected() async throws {
        let image = try SmallImage()
        let built = try await image.build()
        let found = try await image.layout.inspect()
        #expect(found.digest == built.digest && found.compressedSize == built.compressedSize)
        #expect(found.platforms.count == 1)
        #expect(found.platforms[0].layers.map(\.digest) == built.layers.map(\.digest))
        #expect(found.platforms[0].labels["org.opencontainers.image.revision"] == "abc123")
        #expect(found.platforms[0].entrypoint == ["/usr/local/bin/tickctl"])
        #expect(
            found.platforms[0].attachments.map(\.mediaType) == [
                "application/spdx+json", "application/vnd.in-toto+json",
            ]
        )
        let empty = await deliveryError { _ = try await OCILayout(path: image.folder.path).inspect() }
        #expect(empty?.code == .layoutUnusable)
    }
}
