import Foundation
import Testing

@testable import Delivery

struct ELFExecutableTests {
    /// A header, one program header behind it, and the loader's path behind that.
    private func program(machine: UInt16 = 62, type: UInt16 = 3, interpreter: String? = "/lib64/ld.so") -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 64 + 56)
        func put(_ value: UInt64, at offset: Int, bytes count: Int) {
            for index in 0..<count { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
        }
        bytes.replaceSubrange(0..<6, with: [0x7f, 0x45, 0x4c, 0x46, 2, 1])
        put(UInt64(type), at: 16, bytes: 2)
        put(UInt64(machine), at: 18, bytes: 2)
        put(64, at: 32, bytes: 8)
        put(56, at: 54, bytes: 2)
        put(1, at: 56, bytes: 2)
        if let interpreter {
            put(3, at: 64, bytes: 4)
            put(120, at: 72, bytes: 8)
            put(UInt64(interpreter.utf8.count + 1), at: 96, bytes: 8)
            bytes += Array(interpreter.utf8) + [0]
        }
        return bytes
    }

    private func parse(_ bytes: [UInt8]) throws -> ELFExecutable {
        try ELFExecutable(name: "program") { offset, count in Array(bytes.dropFirst(offset).prefix(count)) }
    }

    @Test("machine and loader are read", arguments: [(UInt16(62), "amd64"), (183, "arm64")])
    func header(machine: UInt16, architecture: String) throws {
        let header = try parse(program(machine: machine))
        #expect(header.architecture == architecture)
        #expect(header.interpreter == "/lib64/ld.so")
    }

    @Test("what is loaded ends with the last segment; the header for it names no table of sections")
    func loaded() throws {
        var bytes = program()
        for index in [40, 60, 62] { bytes[index] = 9 }
        let header = try parse(bytes + [1, 2, 3])
        #expect(header.loadedSize == bytes.count)
        #expect(header.strippedHeader == Array(program().prefix(64)))
        #expect(try parse(program(type: 2, interpreter: nil)).loadedSize == 64 + 56)
    }

    @Test("a static program has no loader")
    func staticProgram() throws {
        #expect(try parse(program(type: 2, interpreter: nil)).interpreter == nil)
    }

    @Test("the running test is such a program")
    func running() throws {
        let file = try InputFile(opening: "/proc/self/exe")
        let header = try ELFExecutable(name: "self") { try file.read($1, at: $0) }
        let interpreter = try #require(header.interpreter)
        #expect(FileManager.default.fileExists(atPath: interpreter))
    }

    @Test("what is no such program is refused with the reason")
    func refused() throws {
        var wide = program()
        wide[4] = 1
        var relative = program()
        relative[120] = UInt8(ascii: "x")
        var hugeTable = program()
        hugeTable[39] = 0xff
        var empty = program()
        empty[56] = 0
        let cases: [([UInt8], String)] = [
            ([], "no ELF program"), (Array("#!/bin/sh\n".utf8), "no ELF program"),
            (Array(program().prefix(63)), "no ELF program"), (wide, "not 64-bit"),
            (program(machine: 40), "its machine is 40"), (program(type: 1), "object file"),
            (Array(program().prefix(100)), "cut off"), (relative, "no absolute path"), (hugeTable, "malformed"),
            (Array(program().prefix(125)), "no absolute path"), (empty, "no program headers"),
        ]
        for (bytes, reason) in cases {
            let error = #expect(throws: DeliveryError.self) { try parse(bytes) }
            #expect(error?.code == .executableUnsupported)
            #expect(error?.message.contains(reason) == true, "\(error?.message ?? "") lacks \(reason)")
        }
    }

    @Test("no cut-off or altered header traps")
    func robust() throws {
        let bytes = program()
        var refused = 0
        for count in bytes.indices where (try? parse(Array(bytes.prefix(count)))) == nil { refused += 1 }
        for index in bytes.indices {
            for value: UInt8 in [0, 1, 0x7f, 0x80, 0xff] {
                var altered = bytes
                altered[index] = value
                if (try? parse(altered)) == nil { refused += 1 }
            }
        }
        #expect(refused > bytes.count)
    }
}
