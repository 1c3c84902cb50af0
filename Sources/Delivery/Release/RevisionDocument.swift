public import AWSServices
import Foundation

/// A task definition in its normal form: one text a setting, by its path ("containers[public].environment[PORT]").
///
/// Both what is registered and what ECS reports come to the same form, whatever ECS filled in and in whatever order it
/// lists things. Settings this program knows nothing of are kept: a difference in them is one, too.
public struct RevisionDocument: Sendable, Equatable {
    public private(set) var settings: [String: String] = [:]

    /// `described`: a task definition as DescribeTaskDefinition answers it; what ECS itself adds is left out.
    public init(_ described: JSONDocument) {
        guard case .object(let members) = described else { return }
        for (name, value) in members where !Self.isECSs(name) {
            if name == "containerDefinitions", case .list(let containers) = value {
                for container in containers { add(container) }
            } else {
                add(value, at: name, name)
            }
        }
        for (path, standard) in RevisionDefaults.task where settings[path] == standard { settings[path] = nil }
    }

    /// - Throws: only when the request cannot be encoded.
    public init(_ request: ECS.RegisterTaskDefinition) throws {
        self.init(try JSONDecoder().decode(JSONDocument.self, from: JSONEncoder().encode(request)))
    }

    /// What differs, by path; nil: not set.
    public struct Difference: Sendable, Equatable, Codable {
        public var path: String
        public var from: String?
        public var to: String?
    }

    /// The settings that differ, by path in alphabetical order; a setting that one of them lacks is nil there.
    public func differences(to other: RevisionDocument) -> [Difference] {
        Set(settings.keys).union(other.settings.keys).sorted().compactMap { path in
            let (from, to) = (settings[path], other.settings[path])
            return from == to ? nil : Difference(path: path, from: from, to: to)
        }
    }

    /// Members that ECS alone writes.
    private static func isECSs(_ name: String) -> Bool { RevisionDefaults.written.contains(name) }

    private mutating func add(_ container: JSONDocument) {
        guard case .object(let members) = container, case .text(let name)? = members["name"] else { return }
        let path = "containers[\(name)]"
        for (member, value) in members where member != "name" { add(value, at: "\(path).\(member)", member) }
        for (member, standard) in RevisionDefaults.container where settings["\(path).\(member)"] == standard {
            settings["\(path).\(member)"] = nil
        }
    }

    private mutating func add(_ value: JSONDocument, at path: String, _ member: String) {
        switch value {
        case .null, .text(""):
            break
        case .text(let text):
            settings[path] = text
        case .number(let number):
            settings[path] =
                RevisionDefaults.flags.contains(member) ? (number == 1 ? "true" : "false") : Self.text(number)
        case .object(let members):
            for (name, value) in members { add(value, at: "\(path).\(name)", name) }
            for (name, standard) in RevisionDefaults.members[member] ?? [:]
            where settings["\(path).\(name)"] == standard {
                settings["\(path).\(name)"] = nil
            }
        case .list(let elements):
            addList(elements, at: path, member)
        }
    }

    private mutating func addList(_ elements: [JSONDocument], at path: String, _ member: String) {
        if let key = RevisionDefaults.keys[member] {
            for case .object(var members) in elements {
                let name = key.map { Self.scalar(members[$0] ?? .null) }.joined(separator: "/")
                // In network mode awsvpc the host's port is the container's.
                if member == "portMappings" {
                    if members["hostPort"] == members["containerPort"] { members["hostPort"] = nil }
                    if members["protocol"] == .text("tcp") { members["protocol"] = nil }
                }
                for part in key { members[part] = nil }
                if members.count == 1, let only = members.first?.value, !Self.scalar(only).isEmpty {
                    settings["\(path)[\(name)]"] = Self.scalar(only)
                } else {
                    settings["\(path)[\(name)]"] = "set"
                    add(.object(members), at: "\(path)[\(name)]", member)
                }
            }
        } else if RevisionDefaults.sets.contains(member) {
            let texts = elements.map(Self.scalar).sorted()
            if !texts.isEmpty { settings[path] = texts.joined(separator: ", ") }
        } else {
            for (index, element) in elements.enumerated() { add(element, at: "\(path)[\(index)]", "") }
        }
    }

    private static func scalar(_ value: JSONDocument) -> String {
        switch value {
        case .text(let text): text
        case .number(let number): text(number)
        case .null, .list, .object: ""
        }
    }

    private static func text(_ number: Double) -> String {
        Int(exactly: number).map { String($0) } ?? String(number)
    }
}
