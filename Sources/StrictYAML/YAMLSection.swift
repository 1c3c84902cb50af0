internal import Yams

/// One mapping of a YAML file: reads typed values, remembers their lines, and at the end complains of keys nobody read.
///
/// A value's line is its key's, since an alias has the line of its anchor; an element of a list has its own.
public final class YAMLSection {
    private typealias Entry = (key: String, line: Int?, node: Node)

    private var entries: [Entry] = []
    private let path: String
    private let line: Int?
    private let problems: ProblemList
    private var known: [String] = []

    /// - Parameter line: of the mapping's key, or of the mapping when it has none.
    init(_ node: Node, path: String, line: Int?, _ problems: ProblemList) {
        self.path = path
        self.line = line
        self.problems = problems
        guard let mapping = node.mapping else {
            if node.null == nil {
                problems.add(line, path, "must be a mapping of keys to values, not \(Self.describe(node))")
            }
            return
        }
        entries = mapping.compactMap { key, value in
            if let text = Self.text(key) { return (text, key.mark?.line, value) }
            problems.add(
                key.mark?.line, join(key.scalar?.string ?? "?"),
                "a key must be a text, not \(Self.describe(key)); quote it if it is meant so")
            return nil
        }
    }

    /// Complains of every key that was not asked for.
    func finish() {
        for entry in entries where !known.contains(entry.key) {
            let near = known.min { distance($0, entry.key) < distance($1, entry.key) }
            let hint = near.flatMap { distance($0, entry.key) <= 3 ? "did you mean \($0)? " : nil } ?? ""
            problems.add(
                entry.line, join(entry.key), "unknown key; \(hint)known here: \(known.sorted().joined(separator: ", "))"
            )
        }
    }

    public func section(_ key: String, _ read: (YAMLSection) -> Void) {
        guard let entry = take(key) else { return }
        let section = YAMLSection(entry.node, path: join(key), line: entry.line, problems)
        read(section)
        section.finish()
    }

    /// A list of mappings, each of which must name `required`.
    /// - Returns: true when the key is there and holds a list.
    public func sections(_ key: String, required: [String], _ read: (YAMLSection) -> Void) -> Bool {
        guard let entry = take(key) else { return false }
        guard let items = entry.node.sequence else {
            wrong(entry, "a list")
            return false
        }
        for (index, item) in items.enumerated() {
            let section = YAMLSection(
                item, path: "\(join(key))[\(index)]", line: item.mark?.line ?? entry.line, problems)
            read(section)
            section.finish()
            if item.mapping != nil { section.require(required) }
        }
        return true
    }

    private func require(_ keys: [String]) {
        for key in keys where !entries.contains(where: { $0.key == key }) {
            problems.add(line, join(key), "is missing")
        }
    }

    public func read(_ key: String, _ value: inout String) {
        guard let entry = take(key) else { return }
        guard let text = Self.text(entry.node), !text.isEmpty else { return wrong(entry, "a text") }
        value = text
    }

    public func read(_ key: String, _ value: inout String?) {
        guard let entry = take(key) else { return }
        if entry.node.null != nil { return value = nil }
        guard let text = Self.text(entry.node), !text.isEmpty else { return wrong(entry, "a text, or null") }
        value = text
    }

    public func read(_ key: String, _ value: inout Int, _ range: ClosedRange<Int>) {
        guard let entry = take(key) else { return }
        guard let text = Self.plain(entry.node), let number = Int(text), text == String(number),
            range.contains(number)
        else { return wrong(entry, "a whole number from \(range.lowerBound) to \(range.upperBound)") }
        value = number
    }

    public func read(_ key: String, _ value: inout Double, _ range: ClosedRange<Double>) {
        guard let entry = take(key) else { return }
        guard let text = Self.plain(entry.node), Self.isDecimal(text), let number = Double(text),
            range.contains(number)
        else {
            return wrong(entry, "a number from \(range.lowerBound.decimal) to \(range.upperBound.decimal)")
        }
        value = number
    }

    public func read(_ key: String, _ value: inout Bool) {
        guard let entry = take(key) else { return }
        switch Self.plain(entry.node) {
        case "true": value = true
        case "false": value = false
        default: wrong(entry, "true or false")
        }
    }

    public func read<Choice>(_ key: String, _ value: inout Choice)
    where Choice: RawRepresentable<String> & CaseIterable {
        guard let entry = take(key) else { return }
        guard let choice = Self.text(entry.node).flatMap(Choice.init(rawValue:)) else {
            return wrong(entry, "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
        }
        value = choice
    }

    public func read<Choice>(_ key: String, _ value: inout Choice?)
    where Choice: RawRepresentable<String> & CaseIterable {
        guard let entry = take(key) else { return }
        if entry.node.null != nil { return value = nil }
        guard let choice = Self.text(entry.node).flatMap(Choice.init(rawValue:)) else {
            return wrong(entry, "null or one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
        }
        value = choice
    }

    public func read(_ key: String, _ value: inout [String]) {
        guard let entry = take(key) else { return }
        guard let items = entry.node.sequence else { return wrong(entry, "a list of texts") }
        value = items.enumerated().compactMap { index, item in
            let place = (key: "\(key)[\(index)]", line: item.mark?.line ?? entry.line, node: item)
            problems.note(join(place.key), line: place.line)
            if let text = Self.text(item) { return text }
            wrong(place, "a text")
            return nil
        }
    }

    public func read(_ key: String, _ value: inout [String: String]) {
        guard let entry = take(key) else { return }
        guard entry.node.mapping != nil else { return wrong(entry, "a mapping of texts") }
        let section = YAMLSection(entry.node, path: join(key), line: entry.line, problems)
        var texts: [String: String] = [:]
        for entry in section.entries {
            problems.note(section.join(entry.key), line: entry.line)
            if let text = Self.text(entry.node) {
                texts[entry.key] = text
            } else {
                section.wrong(entry, "a text")
            }
        }
        value = texts
    }

    private func take(_ key: String) -> Entry? {
        known.append(key)
        guard let entry = entries.first(where: { $0.key == key }) else { return nil }
        problems.note(join(key), line: entry.line)
        return entry
    }

    /// A scalar that YAML takes for a text: numbers and booleans are none unless quoted.
    private static func text(_ node: Node) -> String? {
        guard case .scalar(let scalar) = node else { return nil }
        if scalar.style != .plain { return scalar.string }
        let others: [Tag.Name] = [.null, .bool, .int, .float]
        return others.contains { $0.rawValue == node.tag.rawValue } ? nil : scalar.string
    }

    /// A scalar without quotes.
    private static func plain(_ node: Node) -> String? {
        guard case .scalar(let scalar) = node, scalar.style == .plain else { return nil }
        return scalar.string
    }

    /// Decimal digits with a sign, a point and an exponent, as JSON has them: no octal, no base 60, no infinity.
    private static func isDecimal(_ text: String) -> Bool {
        text.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?/) != nil
    }

    private func wrong(_ entry: Entry, _ expected: String) {
        // Numbers and booleans are texts in quotes.
        let isUnquoted = expected.hasPrefix("a text") && Self.plain(entry.node) != nil && entry.node.null == nil
        problems.add(
            entry.line, join(entry.key),
            "must be \(expected), not \(Self.describe(entry.node))" + (isUnquoted ? "; put it in quotes" : ""))
    }

    private static func describe(_ node: Node) -> String {
        switch node {
        case .scalar(let scalar) where scalar.style != .plain: "the text \"\(scalar.string.prefix(80))\""
        case .scalar(let scalar):
            switch node.tag.rawValue {
            case Tag.Name.null.rawValue: "nothing"
            case Tag.Name.int.rawValue, Tag.Name.float.rawValue: "the number \(scalar.string.prefix(80))"
            case Tag.Name.bool.rawValue: "YAML's boolean \(scalar.string)"
            default: "\"\(scalar.string.prefix(80))\""
            }
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }

    private func join(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// Levenshtein's distance.
    private func distance(_ left: String, _ right: String) -> Int {
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                (diagonal, row[j + 1]) = (row[j + 1], a == b ? diagonal : 1 + min(diagonal, row[j], row[j + 1]))
            }
        }
        return row[right.count]
    }
}

extension Double {
    /// "2", "0.5": the shortest decimal spelling.
    public var decimal: String {
        let text = "\(self)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
