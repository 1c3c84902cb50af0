import Yams

/// One mapping of a stack file: reads typed values, remembers their lines, and at the end complains of keys nobody read.
final class YAMLSection {
    private let entries: [(key: String, line: Int?, node: Node)]
    private let path: String
    private let problems: ProblemList
    private var known: [String] = []

    init(_ node: Node, path: String, _ problems: ProblemList) {
        self.path = path
        self.problems = problems
        guard let mapping = node.mapping else {
            if node.null == nil {
                problems.add(node.mark?.line, path, "must be a mapping of keys to values")
            }
            entries = []
            return
        }
        entries = mapping.map { (key: $0.key.string ?? "", line: $0.key.mark?.line, node: $0.value) }
        for (index, entry) in entries.enumerated() where entries[..<index].contains(where: { $0.key == entry.key }) {
            problems.add(entry.line, join(entry.key), "stands twice")
        }
    }

    /// Complains of every key that was not asked for.
    func finish() {
        for entry in entries where !known.contains(entry.key) {
            let near = known.min { distance($0, entry.key) < distance($1, entry.key) }
            let hint = near.map { distance($0, entry.key) <= 3 ? "; did you mean \($0)?" : "" } ?? ""
            problems.add(
                entry.line, join(entry.key), "unknown key\(hint) Known here: \(known.sorted().joined(separator: ", "))")
        }
    }

    func section(_ key: String, _ read: (YAMLSection) -> Void) {
        guard let node = take(key) else { return }
        let section = YAMLSection(node, path: join(key), problems)
        read(section)
        section.finish()
    }

    func sections(_ key: String, _ read: (YAMLSection) -> Void) {
        guard let node = take(key) else { return }
        guard let items = node.sequence else { return wrong(key, node, "a list") }
        for (index, item) in items.enumerated() {
            let section = YAMLSection(item, path: "\(join(key))[\(index)]", problems)
            read(section)
            section.finish()
        }
    }

    func read(_ key: String, _ value: inout String) {
        guard let node = take(key) else { return }
        guard let text = text(node), !text.isEmpty else { return wrong(key, node, "a text") }
        value = text
    }

    func read(_ key: String, _ value: inout String?) {
        guard let node = take(key) else { return }
        if node.null != nil {
            value = nil
        } else if let text = text(node), !text.isEmpty {
            value = text
        } else {
            wrong(key, node, "a text, or null")
        }
    }

    func read(_ key: String, _ value: inout Int, _ range: ClosedRange<Int>) {
        guard let node = take(key) else { return }
        guard let number = node.int, range.contains(number) else {
            return wrong(key, node, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        value = number
    }

    func read(_ key: String, _ value: inout Double, _ range: ClosedRange<Double>) {
        guard let node = take(key) else { return }
        guard let number = node.float, range.contains(number) else {
            return wrong(key, node, "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        value = number
    }

    func read(_ key: String, _ value: inout Bool) {
        guard let node = take(key) else { return }
        guard let flag = node.bool else { return wrong(key, node, "true or false") }
        value = flag
    }

    func read<Choice>(_ key: String, _ value: inout Choice)
    where Choice: RawRepresentable<String> & CaseIterable {
        guard let node = take(key) else { return }
        guard let choice = text(node).flatMap(Choice.init(rawValue:)) else {
            return wrong(key, node, "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
        }
        value = choice
    }

    func read<Choice>(_ key: String, _ value: inout Choice?)
    where Choice: RawRepresentable<String> & CaseIterable {
        guard let node = take(key) else { return }
        if node.null != nil { return value = nil }
        guard let choice = text(node).flatMap(Choice.init(rawValue:)) else {
            return wrong(key, node, "null or one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
        }
        value = choice
    }

    func read(_ key: String, _ value: inout [String]) {
        guard let node = take(key) else { return }
        guard let items = node.sequence?.map(text), items.allSatisfy({ $0 != nil }) else {
            return wrong(key, node, "a list of texts")
        }
        value = items.compactMap(\.self)
    }

    func read(_ key: String, _ value: inout [String: String]) {
        guard let node = take(key) else { return }
        guard let pairs = node.mapping?.map({ ($0.key.string, text($0.value)) }) else {
            return wrong(key, node, "a mapping of texts")
        }
        var texts: [String: String] = [:]
        for (name, text) in pairs {
            guard let name, let text else { return wrong(key, node, "a mapping of texts (quote numbers and booleans)") }
            texts[name] = text
        }
        value = texts
    }

    private func take(_ key: String) -> Node? {
        known.append(key)
        guard let entry = entries.first(where: { $0.key == key }) else { return nil }
        problems.note(join(key), line: entry.line)
        return entry.node
    }

    /// A scalar that YAML takes for a text; numbers and booleans are none unless quoted.
    private func text(_ node: Node) -> String? {
        guard case .scalar(let scalar) = node, node.null == nil else { return nil }
        if scalar.style == .plain, node.int != nil || node.float != nil || node.bool != nil { return nil }
        return scalar.string
    }

    private func wrong(_ key: String, _ node: Node, _ expected: String) {
        let found: String
        switch node {
        case .scalar(let scalar): found = "\"\(scalar.string)\""
        case .mapping: found = "a mapping"
        case .sequence: found = "a list"
        case .alias: found = "an alias"
        }
        problems.add(node.mark?.line, join(key), "must be \(expected), not \(found)")
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
