import Foundation

/// The shared config and credentials files, merged
/// (https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html).
public struct ProfileFiles: Sendable {
    /// What a section is about, with its name: `[profile name]`, `[sso-session name]`, `[services name]`.
    public enum Section: Hashable, Sendable {
        case profile(String)
        case ssoSession(String)
        case services(String)
    }

    /// A setting with indented lines below it has those as "name.sub" beside its own.
    public private(set) var sections: [Section: [String: String]] = [:]
    public let configPath: String
    public let credentialsPath: String

    /// Reads the files that exist; those that do not are empty.
    /// - Throws: `CredentialError` naming the file and line that cannot be read.
    public init(environment: [String: String]) throws {
        let home = environment["HOME"] ?? ""
        func path(_ variable: String, _ standard: String) -> String {
            let given = environment[variable].flatMap { $0.isEmpty ? nil : $0 } ?? "~/.aws/" + standard
            return given.hasPrefix("~/") ? home + given.dropFirst() : given
        }
        configPath = path("AWS_CONFIG_FILE", "config")
        credentialsPath = path("AWS_SHARED_CREDENTIALS_FILE", "credentials")
        try read(configPath, isConfig: true)
        // Its values win (it is the file for credentials).
        try read(credentialsPath, isConfig: false)
    }

    /// The settings of a section by their names; `nil`: neither file has it.
    public subscript(section: Section) -> [String: String]? { sections[section] }

    private mutating func read(_ path: String, isConfig: Bool) throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw CredentialError("cannot read \(path) as UTF-8 text: check the file and its permissions")
        }
        try parse(text, isConfig: isConfig, path: path)
    }

    mutating func parse(_ text: String, isConfig: Bool, path: String) throws {
        var section: Section?
        var parent: String?
        for (number, rawLine) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
        {
            let trimmed = rawLine.trimmingCharacters(in: .whitespaces)
            if trimmed.isEmpty || trimmed.hasPrefix("#") || trimmed.hasPrefix(";") { continue }
            func broken(_ what: String) -> CredentialError {
                CredentialError("\(path):\(number + 1): \(what)")
            }
            if trimmed.hasPrefix("[") {
                guard let end = trimmed.firstIndex(of: "]") else { throw broken("a section head lacks its \"]\"") }
                section = Self.section(
                    String(trimmed[trimmed.index(after: trimmed.startIndex)..<end]), isConfig: isConfig)
                if let section { sections[section, default: [:]].merge([:]) { old, _ in old } }
                parent = nil
                continue
            }
            guard let equals = trimmed.firstIndex(of: "=") else {
                throw broken("neither a section, a comment nor \"name = value\"")
            }
            let name = trimmed[..<equals].trimmingCharacters(in: .whitespaces).lowercased()
            let value = Self.withoutComment(trimmed[trimmed.index(after: equals)...])
            guard !name.isEmpty else { throw broken("a value without a name") }
            let isNested = rawLine.first?.isWhitespace == true && parent != nil
            if !isNested { parent = value.isEmpty ? name : nil }
            guard let section else { continue }
            sections[section, default: [:]][isNested ? "\(parent ?? "").\(name)" : name] = value
        }
    }

    /// A comment in a value starts after white space.
    private static func withoutComment(_ value: Substring) -> String {
        var previous: Character = "="
        for index in value.indices {
            if value[index] == "#" || value[index] == ";", previous.isWhitespace {
                return value[..<index].trimmingCharacters(in: .whitespaces)
            }
            previous = value[index]
        }
        return value.trimmingCharacters(in: .whitespaces)
    }

    /// `nil`: a section of a kind or with a name that has no meaning here.
    private static func section(_ head: String, isConfig: Bool) -> Section? {
        let words = head.split(whereSeparator: \.isWhitespace).map(String.init)
        guard isConfig else { return words.count == 1 ? .profile(words[0]) : nil }
        switch words.count {
        case 1 where words[0] == "default": return .profile("default")
        case 2:
            let name = words[1].trimmingCharacters(in: CharacterSet(charactersIn: "\"'"))
            return switch words[0] {
            case "profile": .profile(name)
            case "sso-session": .ssoSession(name)
            case "services": .services(name)
            default: nil
            }
        default: return nil
        }
    }
}
