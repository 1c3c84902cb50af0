import Foundation
import Glibc
import TestSupport
import Testing

@testable import Delivery

/// A program of this machine, run to its end.
struct Command {
    var status: Int32
    var output: String
    var errors: String

    init(_ arguments: [String], input: [UInt8] = []) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        let folder = try TemporaryFolder()
        let paths = ["in", "out", "err"].map { "\(folder.path)/\($0)" }
        try Data(input).write(to: URL(fileURLWithPath: paths[0]))
        for path in paths[1...] { try Data().write(to: URL(fileURLWithPath: path)) }
        process.standardInput = FileHandle(forReadingAtPath: paths[0])
        process.standardOutput = FileHandle(forWritingAtPath: paths[1])
        process.standardError = FileHandle(forWritingAtPath: paths[2])
        try process.run()
        process.waitUntilExit()
        status = process.terminationStatus
        output = String(decoding: FileManager.default.contents(atPath: paths[1]) ?? Data(), as: UTF8.self)
        errors = String(decoding: FileManager.default.contents(atPath: paths[2]) ?? Data(), as: UTF8.self)
    }

    static func exists(_ name: String) -> Bool {
        (try? Command(["sh", "-c", "command -v \(name)"]).status) == 0
    }
}

/// A small image: a program of this machine, two time zones, a certificate.
struct SmallImage {
    let folder: TemporaryFolder
    var recipe: ImageRecipe

    var layout: OCILayout { OCILayout(path: "\(folder.path)/image") }

    init(executable: String? = nil) throws {
        let folder = try TemporaryFolder()
        self.folder = folder
        _ = try folder.write("zoneinfo/Asia/Tokyo", "TZif2 tokyo")
        _ = try folder.write("zoneinfo/UTC", "TZif2 utc")
        let program = try executable ?? Self.copy(of: "/bin/true", to: "\(folder.path)/program")
        recipe = ImageRecipe(
            executables: [program], created: 1_700_000_000, version: "1.2.3", revision: "abc123",
            certificates: try folder.write("bundle.pem", "-----BEGIN CERTIFICATE-----\n"),
            zoneInfo: "\(folder.path)/zoneinfo")
    }

    var program: String { recipe.executables[0] }

    func build() async throws -> BuiltImage { try await OCIImage.build(recipe, into: layout) }

    /// A statically linked program for arm64, as far as its header tells: this machine cannot run one.
    func foreignProgram() throws -> String {
        var bytes = [UInt8](repeating: 0, count: 64 + 56 + 1000)
        bytes.replaceSubrange(0..<6, with: [0x7f, 0x45, 0x4c, 0x46, 2, 1])
        (bytes[16], bytes[18], bytes[32], bytes[54], bytes[56]) = (2, 183, 64, 56, 1)
        // One segment: the whole file.
        bytes[64] = 1
        bytes[96] = UInt8(truncatingIfNeeded: bytes.count)
        bytes[97] = UInt8(bytes.count >> 8)
        let path = "\(folder.path)/foreign"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    private static func copy(of source: String, to target: String) throws -> String {
        let real = URL(fileURLWithPath: source).resolvingSymlinksInPath().path
        try FileManager.default.copyItem(atPath: real, toPath: target)
        return target
    }
}

/// The parts of the first platform's image.
extension BuiltImage {
    var layers: [OCIDescriptor] { images[0].layers }
    var configuration: OCIDescriptor { images[0].configuration }
    var reusedLayerCount: Int { images[0].reusedLayerCount }
}

/// The `DeliveryError` that `body` throws.
func deliveryError(
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async -> DeliveryError? {
    do {
        try await body()
        Issue.record("nothing was thrown", sourceLocation: sourceLocation)
        return nil
    } catch {
        if let error = error as? DeliveryError { return error }
        Issue.record("not a DeliveryError: \(error)", sourceLocation: sourceLocation)
        return nil
    }
}
