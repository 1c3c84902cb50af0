internal import StrictYAML

/// The values of a stack and where each of them stands: defaults, then `stacks/NAME.yaml`, then the environment.
///
/// The file is read strictly: an unknown key, a wrong type or a value out of range is a problem with its line. Problems
/// are gathered, and `validated()` throws all of them at once.
public struct StackSource: Sendable {
    public internal(set) var stack: Stack
    /// How problems name the file; nil without one.
    public let path: String?
    /// The line of each value that the file names, by its path ("aurora.maximumACU", "regions[0].vpcCIDR").
    public internal(set) var lines: [String: Int] = [:]
    /// The variable that set a value, by the value's path.
    public internal(set) var variables: [String: String] = [:]
    /// What could not be read.
    var problems: [ValueProblem] = []

    /// The defaults.
    public init(stack name: String) {
        stack = Stack()
        stack.name = name
        path = nil
    }

    /// - Parameters:
    ///   - path: how problems name the file.
    ///   - name: the stack's name where the file does not give another.
    public init(yaml: String, path: String, stack name: String) {
        self.init(path: path, stack: name)
        read(yaml, ProblemList(source: path))
    }

    /// A file that cannot be read is a problem like others.
    public init(contentsOf path: String, stack name: String) {
        self.init(path: path, stack: name)
        let problems = ProblemList(source: path)
        let hint = "`tickctl stack show --stack \(name) > \(path)` writes one with every default"
        if let yaml = YAMLFile.text(of: path, whenMissing: hint, problems) {
            read(yaml, problems)
        } else {
            self.problems = problems.problems
        }
    }

    private init(path: String, stack name: String) {
        stack = Stack()
        stack.name = name
        self.path = path
    }

    private mutating func read(_ yaml: String, _ problems: ProblemList) {
        YAMLFile.read(yaml, problems) { stack.read($0) }
        self.problems = problems.problems
        lines = problems.lines
    }

}
