internal import Foundation

extension ImageRecipe {
    /// What changes only when the machine's packages do: shared libraries, certificates, time zones, users.
    /// - Throws: `DeliveryError` `.inputUnreadable`, `.libraryMissing`, `.executableUnsupported`.
    func systemTree(executable: String, interpreter: String?) throws -> LayerTree {
        var tree = LayerTree()
        tree.addLinksIntoUsr()
        try addLibraries(of: executable, interpreter: interpreter, to: &tree)

        guard let bundle = certificates ?? Self.certificateBundles.first(where: FileManager.default.fileExists) else {
            throw DeliveryError(
                .inputUnreadable,
                "this machine has no bundle of CA certificates, without which the image can reach no AWS API",
                next: "install the package ca-certificates and run again")
        }
        try tree.add(Self.certificatesPath, file: bundle)
        // right/ counts leap seconds and posix/ repeats what stands above it; the texts are sources, not zones.
        try tree.add(
            "usr/share/zoneinfo", folder: zoneInfo,
            excluding: ["right", "posix", "tzdata.zi", "leapseconds", "leap-seconds.list", "posixrules"])

        tree.add(
            "etc/passwd",
            text: """
                root:x:0:0:root:/:/usr/sbin/nologin
                tickctl:x:\(Self.user):\(Self.user):tickctl:/\(Self.home):/usr/sbin/nologin

                """)
        tree.add("etc/group", text: "root:x:0:\ntickctl:x:\(Self.user):\n")
        tree.add("etc/nsswitch.conf", text: "passwd: files\ngroup: files\nhosts: files dns\n")
        // Where a runtime mounts the kernel's file systems; with a read-only root it cannot make them itself.
        for name in ["dev", "proc", "sys"] { tree.add(name, .directory, mode: 0o755) }
        tree.add("tmp", .directory, mode: 0o1777)
        tree.add(Self.home, .directory, mode: 0o700, owner: Self.user)
        return tree
    }

    /// What changes with every build. Of the program only what is loaded: its symbols and debugging information would be
    /// half of the image. They stay with the program that was built, which has the same build identifier.
    /// - Throws: `DeliveryError` `.inputUnreadable`, `.executableUnsupported`.
    func applicationTree(executable: String, _ header: ELFExecutable) throws -> LayerTree {
        var tree = LayerTree()
        let file = try SourceFile(at: executable)
        guard header.loadedSize <= file.size else {
            throw DeliveryError(
                .executableUnsupported, "\(executable) cannot be put into an image: it is cut off",
                next: "build it again with `swift build -c release`")
        }
        tree.add(
            Self.programPath, .program(file, header: header.strippedHeader, size: header.loadedSize), mode: 0o755)
        return tree
    }

    /// All libraries go into the one folder of the loader itself, which every loader searches by default: the image
    /// then does not depend on where this machine keeps its toolchain, and run paths into it do not matter.
    private func addLibraries(of executable: String, interpreter: String?, to tree: inout LayerTree) throws {
        guard let interpreter else { return }
        let loader = URL(fileURLWithPath: interpreter).resolvingSymlinksInPath().path
        let folder = String(loader[..<(loader.lastIndex(of: "/") ?? loader.startIndex)])
        func inImage(_ path: String) -> String { LayerTree.merged(String(path.drop { $0 == "/" })) }

        try tree.add(inImage(loader), file: loader)
        if inImage(interpreter) != inImage(loader) {
            tree.add(inImage(interpreter), .symbolicLink(to: "/" + inImage(loader)), mode: 0o777)
        }
        for library in try SharedLibraries(of: executable, interpreter: interpreter).libraries {
            let target = library.name.hasPrefix("/") ? library.name : "\(folder)/\(library.name)"
            try tree.add(inImage(target), file: library.path)
        }
        // Opened by name at run time, so no program lists them: the name services of glibc, and what it unwinds with.
        for name in ["libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2", "libgcc_s.so.1"]
        where FileManager.default.fileExists(atPath: "\(folder)/\(name)") {
            try tree.add(inImage("\(folder)/\(name)"), file: "\(folder)/\(name)")
        }
    }
}
