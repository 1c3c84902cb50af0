import Provisioning
internal import StrictYAML

extension StackSource {
    /// The values, when nothing is wrong with them.
    ///
    /// Pure: no call and no file. What only AWS knows (versions offered today, quotas raised, names taken) is asked later.
    /// - Throws: `ValueProblems`: what could not be read and what cannot work, everything at once.
    public func validated() throws -> Stack {
        let validation = StackValidation(self)
        validation.checkNames()
        validation.checkNetwork()
        validation.checkDataPlane()
        validation.checkTasks()
        validation.checkEdge()
        if !validation.problems.isEmpty { throw ValueProblems(problems: validation.problems.inOrderOfLines) }
        return stack
    }
}

/// Gathers what is wrong with a stack's values; the checks stand in extensions, by the steps that use the values.
final class StackValidation {
    let source: StackSource
    private(set) var problems: [ValueProblem]

    var stack: Stack { source.stack }

    init(_ source: StackSource) {
        self.source = source
        problems = source.problems
    }

    /// Adds a problem of the value at `path`, or of several values together: it is shown at the first that somebody set.
    ///
    /// Nothing is said of a value that could not be read: the default in its place is nobody's.
    func report(_ path: String, _ others: String..., message: String) {
        let paths = [path] + others
        guard !paths.contains(where: isUnreadable) else { return }
        let place = paths.first { source.variables[$0] != nil || source.lines[$0] != nil } ?? path
        if let variable = source.variables[place] {
            problems.append(ValueProblem(source: "environment", line: nil, path: variable, message: message))
        } else if let file = source.path, let line = source.lines[place] {
            problems.append(ValueProblem(source: file, line: line, path: place, message: message))
        } else {
            problems.append(ValueProblem(source: "default", line: nil, path: place, message: message))
        }
    }

    private func isUnreadable(_ path: String) -> Bool {
        source.problems.contains {
            $0.path == path || $0.path.isEmpty || path.hasPrefix($0.path + ".") || path.hasPrefix($0.path + "[")
        }
    }

    /// Reports every element of a list that stands in it before.
    func checkDistinct(_ values: [String], _ path: (Int) -> String) {
        for (index, value) in values.enumerated() where values[..<index].contains(value) {
            report(path(index), message: "\"\(value)\" stands here a second time; name it once")
        }
    }
}

extension [ValueProblem] {
    /// The file's by their lines, then the others as they were found.
    fileprivate var inOrderOfLines: [ValueProblem] {
        enumerated().sorted { ($0.element.line ?? .max, $0.offset) < ($1.element.line ?? .max, $1.offset) }
            .map(\.element)
    }
}

extension String {
    /// Whether the whole text is ASCII and matches.
    func matches(_ pattern: Regex<some Any>) -> Bool {
        utf8.allSatisfy { $0 < 128 } && (try? pattern.wholeMatch(in: self)) != nil
    }
}
