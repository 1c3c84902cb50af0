internal import Foundation

/// The shared libraries that a program needs, as its own dynamic loader resolves them.
struct SharedLibraries: Equatable {
    struct Library: Equatable {
        /// What programs ask for, "libcurl.so.4"; with slashes, an absolute path.
        var name: String
        /// Where the loader finds it on this machine.
        var path: String
    }

    /// In the loader's order, without the loader itself.
    var libraries: [Library]

    /// Asks the loader (`ld.so --list PROGRAM`, ld.so(8)), so that run paths, the cache and hardware variants are
    /// resolved as they will be when the program starts. The environment is empty: LD_PRELOAD and LD_LIBRARY_PATH of
    /// the caller do not reach the image.
    /// - Throws: `DeliveryError` `.libraryMissing`, `.executableUnsupported`.
    init(of executable: String, interpreter: String) throws {
        let listing: ProgramOutput
        do {
            listing = try ProgramOutput(of: interpreter, ["--list", executable])
        } catch {
            throw DeliveryError(
                .executableUnsupported, "the loader of \(executable), \(interpreter), does not start here: \(error)",
                next: "build the image on a machine that can run the program", underlying: error)
        }
        guard listing.status == 0 else {
            throw DeliveryError(
                .libraryMissing,
                "the loader cannot resolve \(executable): "
                    + listing.errors.trimmingCharacters(in: .whitespacesAndNewlines),
                next: "install the package of the missing library, then run again")
        }
        try self.init(listing: listing.output, executable: executable, interpreter: interpreter)
    }

    /// Reads the loader's listing: "NAME => PATH (ADDRESS)" a line; "NAME (ADDRESS)" for the loader itself and for
    /// the kernel's virtual library.
    /// - Throws: `DeliveryError` `.libraryMissing`.
    init(listing: String, executable: String, interpreter: String) throws {
        let interpreterName = interpreter.split(separator: "/").last
        libraries = []
        for line in listing.split(separator: "\n") {
            var text = line.trimmingCharacters(in: .whitespaces)
            if let address = text.range(of: " (0x", options: .backwards) { text.removeSubrange(address.lowerBound...) }
            let sides = text.components(separatedBy: " => ")
            guard sides.count == 2 else { continue }
            guard sides[1].hasPrefix("/") else {
                throw DeliveryError(
                    .libraryMissing, "\(executable) needs the library \(sides[0]), which is not installed",
                    next: "install the package that provides \(sides[0]), then run again")
            }
            if sides[0].split(separator: "/").last == interpreterName { continue }
            libraries.append(Library(name: sides[0], path: sides[1]))
        }
    }
}
