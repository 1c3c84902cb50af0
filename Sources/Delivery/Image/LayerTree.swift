internal import Foundation
internal import Glibc

/// The files of one layer: what stands at each path of the image. Iterates sorted by path, parents before children.
///
/// A path below /bin, /sbin, /lib or /lib64 is stored below /usr, where `addLinksIntoUsr` makes them point (the "merged
/// /usr" of every current distribution).
struct LayerTree {
    enum Content {
        case directory
        case bytes([UInt8])
        case file(SourceFile)
        /// What a program is loaded from: the first bytes of its file, behind a header of their own.
        case program(SourceFile, header: [UInt8], size: Int)
        case symbolicLink(to: String)
        /// The second and later paths of one file; the target is a path of this tree.
        case hardLink(to: String)
    }

    struct Entry {
        /// Relative, no leading slash.
        var path: String
        var content: Content
        /// Permission bits, the sticky bit included.
        var mode: Int
        /// User and group number.
        var owner = 0
    }

    private var entriesByPath: [String: Entry] = [:]
    private var firstPathByFile: [SourceFile.Identity: String] = [:]

    /// Sorted by the bytes of the path.
    var entries: [Entry] {
        entriesByPath.values.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    mutating func add(_ path: String, _ content: Content, mode: Int, owner: Int = 0) {
        let path = Self.merged(path)
        addParents(of: path)
        entriesByPath[path] = Entry(path: path, content: content, mode: mode, owner: owner)
    }

    mutating func add(_ path: String, text: String) {
        add(path, .bytes(Array(text.utf8)), mode: 0o644)
    }

    /// Makes /bin, /sbin, /lib and /lib64 links to the folders of the same name in /usr.
    mutating func addLinksIntoUsr() {
        for name in Self.merged.map(String.init) {
            add("usr/\(name)", .directory, mode: 0o755)
            entriesByPath[name] = Entry(path: name, content: .symbolicLink(to: "usr/\(name)"), mode: 0o777)
        }
    }

    /// A file of this machine, symbolic links followed. Only "executable or not" is taken from its permissions, so
    /// that the umask of whoever installed it does not show.
    /// - Throws: `DeliveryError` `.inputUnreadable`.
    mutating func add(_ path: String, file source: String) throws(DeliveryError) {
        let file = try SourceFile(at: source)
        add(path, .file(file), mode: file.isExecutable ? 0o755 : 0o644)
    }

    /// A folder of this machine with all below it, but for the names (relative to `source`) in `excluding`. Relative
    /// symbolic links stay links, absolute ones are left out: they point out of the tree. A file with several names
    /// is stored once.
    /// - Throws: `DeliveryError` `.inputUnreadable`.
    mutating func add(_ path: String, folder source: String, excluding: Set<String> = []) throws(DeliveryError) {
        add(path, .directory, mode: 0o755)
        for name in try names(of: source) where !excluding.contains(name) {
            let (from, to) = ("\(source)/\(name)", "\(path)/\(name)")
            let status = try fileStatus(from)
            switch status.st_mode & S_IFMT {
            case S_IFDIR:
                try add(to, folder: from)
            case S_IFLNK:
                guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: from) else {
                    throw unreadable(from, systemError())
                }
                if !target.hasPrefix("/") { add(to, .symbolicLink(to: target), mode: 0o777) }
            case S_IFREG:
                let file = try SourceFile(at: from)
                if status.st_nlink > 1, let first = firstPathByFile[file.identity] {
                    add(to, .hardLink(to: first), mode: file.isExecutable ? 0o755 : 0o644)
                } else {
                    firstPathByFile[file.identity] = Self.merged(to)
                    add(to, .file(file), mode: file.isExecutable ? 0o755 : 0o644)
                }
            default:
                // Sockets, pipes and devices are no content of an image.
                continue
            }
        }
    }

    private mutating func addParents(of path: String) {
        var parent = path[...]
        while let slash = parent.lastIndex(of: "/") {
            parent = parent[..<slash]
            let name = String(parent)
            if entriesByPath[name] != nil { return }
            entriesByPath[name] = Entry(path: name, content: .directory, mode: 0o755)
        }
    }

    private static let merged: Set<Substring> = ["bin", "sbin", "lib", "lib64"]

    /// Where a relative path stands once /bin and its like are links into /usr.
    static func merged(_ path: String) -> String {
        merged.contains(path.prefix { $0 != "/" }) ? "usr/\(path)" : path
    }

    /// Sorted, so that which of several hard links is the first does not depend on the file system.
    private func names(of folder: String) throws(DeliveryError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            throw unreadable(folder, "\(error)")
        }
    }
}
