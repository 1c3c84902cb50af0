import Foundation
import TestSupport
import Testing

@testable import Delivery

struct TarHeaderTests {
    @Test("the fields of a ustar block stand where POSIX puts them")
    func ustarBlock() throws {
        let bytes = TarHeader(
            path: "usr/bin/tool", kind: .file, mode: 0o755, owner: 65532, size: 1234, modified: 1_700_000_000
        ).bytes
        #expect(bytes.count == 512)
        func field(_ offset: Int, _ count: Int) -> String {
            String(decoding: bytes[offset..<offset + count].prefix { $0 != 0 }, as: UTF8.self)
        }
        #expect(field(0, 100) == "usr/bin/tool")
        #expect(field(100, 8) == "0000755")
        #expect(field(108, 8) == "0177774")
        #expect(field(116, 8) == "0177774")
        #expect(field(124, 12) == "00000002322")
        #expect(field(136, 12) == "14524770400")
        #expect(field(156, 1) == "0")
        #expect(bytes[257..<265].elementsEqual(Array("ustar\0".utf8) + Array("00".utf8)))
        let sum = bytes.indices.reduce(0) { $0 + (148..<156 ~= $1 ? 32 : Int(bytes[$1])) }
        #expect(Int(field(148, 6), radix: 8) == sum)
        #expect(bytes[154] == 0 && bytes[155] == 0x20)
    }

    @Test("equal headers are equal bytes")
    func deterministic() {
        let header = TarHeader(path: String(repeating: "n", count: 120), kind: .directory, mode: 0o755, modified: 7)
        #expect(header.bytes == header.bytes)
        #expect(header.bytes.count == 3 * 512)
    }

    @Test("the system's tar reads names, links, modes and times, at every length around 100 bytes")
    func readBySystemTar() throws {
        var archive: [UInt8] = []
        let names = (95...105).map { "d/" + String(repeating: "x", count: $0 - 3) + "\($0 % 10)" } + ["d/zürich-東京"]
        archive += TarHeader(path: "d", kind: .directory, mode: 0o1777, modified: 0).bytes
        for name in names {
            let content = Array("content of \(name)".utf8)
            archive += TarHeader(path: name, kind: .file, mode: 0o644, size: content.count, modified: 86400).bytes
            archive += content + TarHeader.padding(after: content.count)
        }
        let target = String(repeating: "t", count: 150)
        archive += TarHeader(path: "l", kind: .symbolicLink, mode: 0o777, linkTarget: target, modified: 0).bytes
        archive += TarHeader(path: "h", kind: .hardLink, mode: 0o644, linkTarget: names[10], modified: 0).bytes
        archive += TarHeader.end

        let folder = try TemporaryFolder()
        let unpacked = try Command(["tar", "-x", "-p", "-C", folder.path, "-f", "-"], input: archive)
        #expect(unpacked.status == 0 && unpacked.errors.isEmpty, "\(unpacked.errors)")
        for name in names {
            #expect(try String(contentsOfFile: "\(folder.path)/\(name)", encoding: .utf8) == "content of \(name)")
        }
        let files = FileManager.default
        #expect(try files.destinationOfSymbolicLink(atPath: "\(folder.path)/l") == target)
        #expect(try String(contentsOfFile: "\(folder.path)/h", encoding: .utf8) == "content of \(names[10])")
        let attributes = try files.attributesOfItem(atPath: "\(folder.path)/\(names[0])")
        #expect(attributes[.modificationDate] as? Date == Date(timeIntervalSince1970: 86400))
        #expect(try files.attributesOfItem(atPath: "\(folder.path)/d")[.posixPermissions] as? Int == 0o1777)
    }

    @Test("content is filled up to whole blocks", arguments: [(0, 0), (1, 511), (511, 1), (512, 0), (513, 511)])
    func padding(size: Int, expected: Int) {
        #expect(TarHeader.padding(after: size).count == expected)
    }
}
