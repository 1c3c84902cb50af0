import Foundation
import TestSupport
import Testing

@testable import Delivery

struct SharedLibrariesTests {
    private func parse(_ listing: String) throws -> [SharedLibraries.Library] {
        try SharedLibraries(listing: listing, executable: "program", interpreter: "/lib64/ld-linux-x86-64.so.2")
            .libraries
    }

    @Test("a loader's listing gives names and paths, without the loader and the kernel's library")
    func listing() throws {
        let libraries = try parse(
            """
            \tlinux-vdso.so.1 (0x00007f2468021000)
            \tlibcurl.so.4 => /lib/x86_64-linux-gnu/libcurl.so.4 (0x00007f997fb78000)
            \tlibodd.so => /opt/a b (1)/libodd.so (0x00007f997fb78000)
            \t/lib64/ld-linux-x86-64.so.2 (0x00007f2468023000)
            \t/lib/ld-linux-x86-64.so.2 => /lib64/ld-linux-x86-64.so.2 (0x00007f2468023000)

            """)
        #expect(
            libraries == [
                .init(name: "libcurl.so.4", path: "/lib/x86_64-linux-gnu/libcurl.so.4"),
                .init(name: "libodd.so", path: "/opt/a b (1)/libodd.so"),
            ])
    }

    @Test("a library that is not installed is named")
    func missing() throws {
        let error = #expect(throws: DeliveryError.self) { try parse("\tlibgone.so.3 => not found\n") }
        #expect(error?.code == .libraryMissing)
        #expect(error?.description.contains("libgone.so.3") == true)
    }

    @Test("the loader of the running test lists the C library")
    func running() throws {
        let file = try InputFile(opening: "/proc/self/exe")
        let interpreter = try #require(try ELFExecutable(name: "self") { try file.read($1, at: $0) }.interpreter)
        let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let libraries = try SharedLibraries(of: executable, interpreter: interpreter).libraries
        #expect(libraries.contains { $0.name.hasPrefix("libc.") })
        #expect(libraries.allSatisfy { FileManager.default.fileExists(atPath: $0.path) })
    }

    @Test("a file that the loader cannot load is refused in its own words")
    func unloadable() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("text", "no program", mode: 0o755)
        let file = try InputFile(opening: "/proc/self/exe")
        let interpreter = try #require(try ELFExecutable(name: "self") { try file.read($1, at: $0) }.interpreter)
        let error = #expect(throws: DeliveryError.self) { try SharedLibraries(of: path, interpreter: interpreter) }
        #expect(error?.code == .libraryMissing)
        #expect(error?.message.contains(path) == true)
    }
}
