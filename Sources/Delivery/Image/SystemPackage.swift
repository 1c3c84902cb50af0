internal import Foundation

/// A package of the distribution from which files of the image come, as dpkg knows it.
struct SystemPackage: Codable, Equatable {
    var name: String
    /// Absent for a file that no package owns.
    var version: String?
    /// Debian's name: "amd64", "arm64", "all".
    var architecture: String?
    /// "debian", "ubuntu": ID of os-release(5).
    var distribution: String?

    private static let query = "/usr/bin/dpkg-query"

    /// The packages of the shared libraries, certificates and time zones of a system layer, sorted. A file without an
    /// owner, or every file where there is no dpkg, stands for itself by its name.
    static func of(_ tree: LayerTree) throws -> [SystemPackage] {
        let files = tree.entries.compactMap { entry -> String? in
            guard case .file(let file) = entry.content, entry.path.hasPrefix("usr/lib/") else { return nil }
            return file.path
        }
        let owners = try owners(of: files)
        let unowned = files.filter { owners[$0] == nil }.compactMap { $0.split(separator: "/").last }
        let known = try described(Set(owners.values).union(["ca-certificates", "tzdata"]).sorted())
        return (known + Set(unowned).map { SystemPackage(name: String($0)) })
            .sorted { ($0.name, $0.architecture ?? "") < ($1.name, $1.architecture ?? "") }
    }

    /// Which package owns each file. A file in /usr may be registered by its path without /usr, and the other way round.
    private static func owners(of files: [String]) throws -> [String: String] {
        var fileByPath: [String: String] = [:]
        for file in files {
            fileByPath[file] = file
            fileByPath[file.hasPrefix("/usr/") ? String(file.dropFirst(4)) : "/usr\(file)"] = file
        }
        var owners: [String: String] = [:]
        // Paths that are not found make the status 1.
        for line in try dpkg(["--search"] + fileByPath.keys.sorted()) {
            let sides = line.components(separatedBy: ": ")
            guard sides.count == 2, let file = fileByPath[sides[1]] else { continue }
            owners[file] = sides[0].components(separatedBy: ", ")[0]
        }
        return owners
    }

    private static func described(_ names: [String]) throws -> [SystemPackage] {
        let format = "${db:Status-Status} ${Package} ${Version} ${Architecture}\n"
        let distribution = try String(contentsOfFile: "/etc/os-release", encoding: .utf8).split(separator: "\n")
            .first { $0.hasPrefix("ID=") }.map { $0.dropFirst(3).trimmingCharacters(in: .init(charactersIn: "\"")) }
        return try dpkg(["--show", "--showformat", format] + names).compactMap { line in
            let fields = line.split(separator: " ").map(String.init)
            guard fields.count == 4, fields[0] == "installed" else { return nil }
            return SystemPackage(
                name: fields[1], version: fields[2], architecture: fields[3], distribution: distribution)
        }
    }

    private static func dpkg(_ arguments: [String]) throws -> [String] {
        guard FileManager.default.isExecutableFile(atPath: query) else { return [] }
        return try ProgramOutput(of: query, arguments).output.split(separator: "\n").map(String.init)
    }
}
