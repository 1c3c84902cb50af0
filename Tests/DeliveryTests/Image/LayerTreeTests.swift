import Foundation
import TestSupport
import Testing

@testable import Delivery

struct LayerTreeTests {
    private func describe(_ tree: LayerTree) -> [String] {
        tree.entries.map { entry in
            let mode = String(entry.mode, radix: 8)
            return switch entry.content {
            case .directory: "\(entry.path)/ \(mode) \(entry.owner)"
            case .bytes(let bytes): "\(entry.path) \(mode) \(entry.owner) \(bytes.count) bytes"
            case .file, .program: "\(entry.path) \(mode) \(entry.owner) file"
            case .symbolicLink(let target): "\(entry.path) -> \(target)"
            case .hardLink(let target): "\(entry.path) = \(target)"
            }
        }
    }

    @Test("parents come before their children, once, sorted by bytes")
    func parents() {
        var tree = LayerTree()
        tree.add("etc/passwd", text: "x")
        tree.add("etc-more", text: "y")
        tree.add("tmp", .directory, mode: 0o1777)
        tree.add("etc/ssl/certs/a", text: "zz")
        #expect(
            describe(tree) == [
                "etc/ 755 0", "etc-more 644 0 1 bytes", "etc/passwd 644 0 1 bytes", "etc/ssl/ 755 0",
                "etc/ssl/certs/ 755 0", "etc/ssl/certs/a 644 0 2 bytes", "tmp/ 1777 0",
            ])
    }

    @Test("/lib and its like are links into /usr, and what is put below them stands there")
    func mergedUsr() {
        var tree = LayerTree()
        tree.add("lib64/ld.so", .symbolicLink(to: "/usr/lib/ld.so"), mode: 0o777)
        tree.addLinksIntoUsr()
        tree.add("lib/libc.so", text: "c")
        tree.add("library/x", text: "l")
        #expect(
            describe(tree) == [
                "bin -> usr/bin", "lib -> usr/lib", "lib64 -> usr/lib64", "library/ 755 0", "library/x 644 0 1 bytes",
                "sbin -> usr/sbin", "usr/ 755 0", "usr/bin/ 755 0", "usr/lib/ 755 0", "usr/lib/libc.so 644 0 1 bytes",
                "usr/lib64/ 755 0", "usr/lib64/ld.so -> /usr/lib/ld.so", "usr/sbin/ 755 0",
            ])
    }

    @Test("a folder keeps links and shared files, and leaves out what leads or is told to be outside")
    func folder() throws {
        let folder = try TemporaryFolder()
        let root = "\(folder.path)/zones"
        _ = try folder.write("zones/Asia/Tokyo", "tokyo", mode: 0o600)
        _ = try folder.write("zones/right/Tokyo", "leap")
        _ = try folder.write("zones/tool", "#!", mode: 0o700)
        let files = FileManager.default
        try files.createSymbolicLink(atPath: "\(root)/Japan", withDestinationPath: "Asia/Tokyo")
        try files.createSymbolicLink(atPath: "\(root)/localtime", withDestinationPath: "/etc/localtime")
        try files.linkItem(atPath: "\(root)/Asia/Tokyo", toPath: "\(root)/Tokyo")
        #expect(mkfifo("\(root)/pipe", 0o600) == 0)
        var tree = LayerTree()
        try tree.add("z", folder: root, excluding: ["right"])
        #expect(
            describe(tree) == [
                "z/ 755 0", "z/Asia/ 755 0", "z/Asia/Tokyo 644 0 file", "z/Japan -> Asia/Tokyo",
                "z/Tokyo = z/Asia/Tokyo", "z/tool 755 0 file",
            ])
    }

    @Test("what is missing is named")
    func missing() throws {
        var tree = LayerTree()
        let folder = try TemporaryFolder()
        let error = #expect(throws: DeliveryError.self) { try tree.add("x", file: "\(folder.path)/gone") }
        #expect(error?.code == .inputUnreadable)
        #expect(error?.message.contains("gone") == true)
        #expect(throws: DeliveryError.self) { try tree.add("x", folder: "\(folder.path)/gone") }
    }
}
