import Foundation
import TestSupport
import Testing

@testable import Delivery

struct OCIImageTests {
    /// Everything that the image's layers hold, unpacked by the system's tar.
    private func unpack(_ image: BuiltImage) throws -> TemporaryFolder {
        let root = try TemporaryFolder()
        for layer in image.layers {
            let path = image.layout.blobPath(layer.digest)
            #expect(
                try Command(["gzip", "-t"], input: Array(Data(contentsOf: URL(fileURLWithPath: path)))).status == 0)
            let tar = try Command(["tar", "-xpzf", path, "--no-same-owner", "-C", root.path])
            #expect(tar.status == 0 && tar.errors.isEmpty, "\(tar.errors)")
        }
        return root
    }

    @Test("two builds in two folders give one digest, whatever the file times")
    func reproducible() async throws {
        let image = try SmallImage()
        let first = try await image.build()
        let times: [FileAttributeKey: Any] = [.modificationDate: Date(timeIntervalSince1970: 1000)]
        try FileManager.default.setAttributes(times, ofItemAtPath: image.program)
        let second = try await OCIImage.build(image.recipe, into: OCILayout(path: "\(image.folder.path)/other"))
        #expect(first.digest == second.digest)
        #expect(second.reusedLayerCount == 0)
        #expect(first.compressedSize == second.compressedSize)
    }

    @Test("a second build reads and writes no layer")
    func reused() async throws {
        let image = try SmallImage()
        let first = try await image.build()
        #expect(first.reusedLayerCount == 0)
        let inodes = { try first.layers.map { try SourceFile(at: image.layout.blobPath($0.digest)).identity } }
        let before = try inodes()
        let second = try await image.build()
        #expect(second.reusedLayerCount == 2)
        #expect(second.digest == first.digest)
        #expect(try inodes() == before)
    }

    @Test("another program of the same size and modification time is another image; the system layer is reused")
    func changedProgram() async throws {
        let image = try SmallImage()
        let first = try await image.build()
        let path = image.program
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let time = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] ?? Date()
        bytes[bytes.count / 2] ^= 0xff
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.write(contentsOf: bytes)
        try file.close()
        try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: path)
        let second = try await image.build()
        #expect(second.digest != first.digest)
        #expect(second.layers[0] == first.layers[0])
        #expect(second.layers[1].digest != first.layers[1].digest)
        #expect(second.reusedLayerCount == 1)
    }

    @Test("a layer whose blob is gone or cut off is built again")
    func damagedLayout() async throws {
        let image = try SmallImage()
        let first = try await image.build()
        let path = image.layout.blobPath(first.layers[1].digest)
        try Data([1]).write(to: URL(fileURLWithPath: path))
        let second = try await image.build()
        #expect(second.digest == first.digest)
        #expect(second.reusedLayerCount == 1)
        #expect(try SourceFile(at: path).size == first.layers[1].size)
    }

    @Test("each part of the recipe shows in the digest")
    func recipeCounts() async throws {
        let image = try SmallImage()
        var digests = [try await image.build().digest]
        var recipe = image.recipe
        recipe.version = "1.2.4"
        digests.append(try await OCIImage.build(recipe, into: image.layout).digest)
        recipe.revision = nil
        digests.append(try await OCIImage.build(recipe, into: image.layout).digest)
        recipe.created += 1
        digests.append(try await OCIImage.build(recipe, into: image.layout).digest)
        recipe.certificates = try image.folder.write("other.pem", "other")
        digests.append(try await OCIImage.build(recipe, into: image.layout).digest)
        #expect(Set(digests).count == digests.count)
    }

    @Test("the unpacked image holds the program, its libraries, certificates, zones and a user without root's rights")
    func content() async throws {
        let image = try SmallImage()
        let built = try await image.build()
        let root = try unpack(built).path
        let files = FileManager.default
        #expect(try String(contentsOfFile: "\(root)/usr/share/zoneinfo/Asia/Tokyo", encoding: .utf8) == "TZif2 tokyo")
        #expect(files.fileExists(atPath: "\(root)/etc/ssl/certs/ca-certificates.crt"))
        #expect(try String(contentsOfFile: "\(root)/etc/passwd", encoding: .utf8).contains("tickctl:x:65532:65532:"))
        #expect(try files.attributesOfItem(atPath: "\(root)/tmp")[.posixPermissions] as? Int == 0o1777)
        #expect(try files.destinationOfSymbolicLink(atPath: "\(root)/lib") == "usr/lib")
        #expect(try files.contentsOfDirectory(atPath: "\(root)/proc").isEmpty)
        let listed = try Command(["find", root, "-name", "libc.so.6"]).output
        #expect(listed.split(separator: "\n").count == 1)
        let owners = try Command(["tar", "-tvzf", built.layout.blobPath(built.layers[0].digest), "--numeric-owner"])
            .output
        #expect(owners.contains(#/drwx------ 65532/65532 .* home/tickctl//#))
        #expect(owners.split(separator: "\n").filter { !$0.contains(" 0/0 ") }.count == 1)
    }

    @Test("the program runs in the unpacked image alone", .enabled(if: geteuid() == 0, "chroot needs root"))
    func runs() async throws {
        let image = try SmallImage(executable: "/bin/ls")
        let root = try unpack(try await image.build()).path
        // Only what is loaded goes in: behind it the file has its table of sections, and others their symbols.
        let (packed, whole) = (
            try SourceFile(at: "\(root)/usr/local/bin/tickctl").size, try SourceFile(at: image.program).size
        )
        #expect(packed < whole)
        let command = try Command(["chroot", root, "/usr/local/bin/tickctl", "/usr/local/bin"])
        #expect(command.status == 0, "\(command.errors)")
        #expect(command.output == "tickctl\n")
    }

    @Test("skopeo accepts the layout", .enabled(if: Command.exists("skopeo")))
    func validLayout() async throws {
        let image = try SmallImage()
        let built = try await image.build()
        let inspected = try Command(["skopeo", "inspect", "oci:\(image.layout.path)"])
        #expect(inspected.status == 0, "\(inspected.errors)")
        let facts = try #require(
            try JSONSerialization.jsonObject(with: Data(inspected.output.utf8)) as? [String: Any])
        #expect(facts["Digest"] as? String == built.digest.description)
        #expect(facts["Layers"] as? [String] == built.layers.map(\.digest.description))
        #expect(facts["Created"] as? String == "2023-11-14T22:13:20Z")
        let labels = try #require(facts["Labels"] as? [String: String])
        #expect(labels["org.opencontainers.image.version"] == "1.2.3")
        #expect(labels["org.opencontainers.image.revision"] == "abc123")

        let configuration = try Command(["skopeo", "inspect", "--config", "oci:\(image.layout.path)"]).output
        #expect(configuration.contains(#""User": "65532:65532""#))
        #expect(configuration.contains(#""SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt""#))
        // A copy reads every byte and compares each digest, the uncompressed ones too.
        let copied = try Command(
            ["skopeo", "copy", "-q", "oci:\(image.layout.path)", "dir:\(image.folder.path)/copy", "--dest-decompress"])
        #expect(copied.status == 0, "\(copied.errors)")
    }

    @Test("two programs make one index with a manifest for each platform, sorted; a second build is the same")
    func platforms() async throws {
        let image = try SmallImage()
        let alone = try await image.build()
        var recipe = image.recipe
        recipe.executables.insert(try image.foreignProgram(), at: 0)
        let built = try await OCIImage.build(recipe, into: image.layout)
        #expect(built.images.map(\.manifest.platform?.architecture) == ["amd64", "arm64"])
        // A platform's manifest does not depend on what stands beside it.
        #expect(built.images[0].manifest.digest == alone.digest)
        let index = try CanonicalJSON.decode(OCIIndex.self, from: image.layout.document(built.manifest))
        #expect(index.manifests == built.images.map(\.manifest))
        #expect(built.manifest.mediaType == "application/vnd.oci.image.index.v1+json")
        #expect(built.compressedSize > built.images[0].compressedSize + built.images[1].compressedSize)
        recipe.executables.reverse()
        let again = try await OCIImage.build(recipe, into: image.layout)
        #expect(again.digest == built.digest && again.images.allSatisfy { $0.reusedLayerCount == 2 })

        recipe.executables = [image.program, "/bin/sh"]
        let error = await deliveryError { _ = try await OCIImage.build(recipe, into: image.layout) }
        #expect(error?.message.contains("both for") == true)
    }

    @Test("skopeo reads each platform of an index", .enabled(if: Command.exists("skopeo")))
    func validIndex() async throws {
        let image = try SmallImage()
        var recipe = image.recipe
        recipe.executables.append(try image.foreignProgram())
        let built = try await OCIImage.build(recipe, into: image.layout)
        for one in built.images {
            let architecture = one.manifest.platform?.architecture ?? ""
            let found = try Command([
                "skopeo", "inspect", "--override-arch", architecture, "oci:\(image.layout.path)",
                "--format", "{{.Architecture}} {{len .Layers}}",
            ])
            #expect(found.output == "\(architecture) 2\n", "\(found.errors)")
        }
        let copied = try Command(
            ["skopeo", "copy", "-q", "--all", "oci:\(image.layout.path)", "dir:\(image.folder.path)/copy"])
        #expect(copied.status == 0, "\(copied.errors)")
    }

    @Test("documents are canonical JSON")
    func canonical() async throws {
        let image = try SmallImage()
        let built = try await image.build()
        let manifest = try String(contentsOfFile: image.layout.blobPath(built.digest), encoding: .utf8)
        #expect(manifest.hasPrefix(#"{"annotations":{"org.opencontainers.image.created":"2023-11-14T22:13:20Z","#))
        #expect(manifest.contains(#""mediaType":"application/vnd.oci.image.manifest.v1+json","schemaVersion":2}"#))
        let decoded = try CanonicalJSON.decode(OCIManifest.self, from: Array(manifest.utf8))
        #expect(try CanonicalJSON.encode(decoded) == Array(manifest.utf8))
    }

    @Test("unused blobs and the leftovers of a killed build go after an hour, what is used stays")
    func pruned() async throws {
        let image = try SmallImage()
        let first = try await image.build()
        let names = ["incoming/left-over", "blobs/sha256/\(String(repeating: "a", count: 64))"]
        for name in names { _ = try image.folder.write("image/\(name)", "old") }
        let young = try image.folder.write("image/incoming/young", "new")
        let old = [FileAttributeKey.modificationDate: Date(timeIntervalSinceNow: -7200)]
        let files = FileManager.default
        for name in names { try files.setAttributes(old, ofItemAtPath: "\(image.layout.path)/\(name)") }
        try files.setAttributes(old, ofItemAtPath: image.layout.blobPath(first.layers[0].digest))
        var recipe = image.recipe
        recipe.version = "2"
        let second = try await OCIImage.build(recipe, into: image.layout)
        for name in names { #expect(!files.fileExists(atPath: "\(image.layout.path)/\(name)")) }
        #expect(files.fileExists(atPath: young))
        #expect(files.fileExists(atPath: image.layout.blobPath(second.layers[0].digest)))
    }

    @Test("bad inputs are refused with what to do")
    func refused() async throws {
        let image = try SmallImage()
        var recipe = image.recipe
        recipe.executables = [try image.folder.write("script", "#!/bin/sh\n", mode: 0o755)]
        #expect(
            await deliveryError { _ = try await OCIImage.build(recipe, into: image.layout) }?.code
                == .executableUnsupported)
        recipe.executables = ["\(image.folder.path)/gone"]
        #expect(
            await deliveryError { _ = try await OCIImage.build(recipe, into: image.layout) }?.code == .inputUnreadable)
        recipe = image.recipe
        recipe.created = -1
        #expect(
            await deliveryError { _ = try await OCIImage.build(recipe, into: image.layout) }?.code == .inputUnreadable)
        recipe = image.recipe
        recipe.zoneInfo = "\(image.folder.path)/gone"
        #expect(
            await deliveryError { _ = try await OCIImage.build(recipe, into: image.layout) }?.code == .inputUnreadable)
        let file = try image.folder.write("file", "")
        let error = await deliveryError { _ = try await OCIImage.build(image.recipe, into: OCILayout(path: file)) }
        #expect(error?.code == .layoutUnusable)
        #expect(error?.next.isEmpty == false)
    }

    @Test("a failing store leaves nothing behind")
    func nothingLeft() throws {
        struct Broken: Error {}
        let image = try SmallImage()
        try image.layout.prepare()
        #expect(throws: Broken.self) {
            try image.layout.storeBlob(mediaType: OCIMediaType.layer) { sink in
                try sink([1, 2, 3])
                throw Broken()
            }
        }
        for folder in ["incoming", "blobs/sha256", "layers"] {
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(image.layout.path)/\(folder)").isEmpty)
        }
    }

    @Test("a file that changes while it is read stops the build")
    func changedWhileRead() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("file", "before")
        var tree = LayerTree()
        try tree.add("file", file: path)
        _ = try folder.write("file", "longer than before")
        let layout = OCILayout(path: "\(folder.path)/image")
        try layout.prepare()
        let error = #expect(throws: DeliveryError.self) { try LayerBuilder(layout: layout, created: 0).layer(of: tree) }
        #expect(error?.code == .inputChanged)
    }
}
