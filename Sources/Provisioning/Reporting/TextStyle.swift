/// Colours and marks of the terminal, or none of them.
public struct TextStyle: Sendable {
    public var isColoured: Bool

    public init(isColoured: Bool) { self.isColoured = isColoured }

    public func green(_ text: String) -> String { paint("32", text) }
    public func yellow(_ text: String) -> String { paint("33", text) }
    public func red(_ text: String) -> String { paint("31", text) }
    public func bold(_ text: String) -> String { paint("1", text) }
    public func dim(_ text: String) -> String { paint("2", text) }

    private func paint(_ code: String, _ text: String) -> String {
        isColoured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    /// The sign before a resource of a plan, coloured.
    func sign(_ action: PlanAction) -> String {
        switch action {
        case .none: dim("=")
        case .create: green("+")
        case .update: yellow("~")
        case .delete: red("-")
        case .wait: dim("…")
        case .refuse: red("!")
        }
    }
}

/// "0.3 s", "12 s", "3 m 07 s".
func elapsed(_ seconds: Double) -> String {
    if seconds < 10 { return "\((seconds * 10).rounded() / 10) s" }
    if seconds < 60 { return "\(Int(seconds)) s" }
    let rest = Int(seconds) % 60
    return "\(Int(seconds) / 60) m \(rest < 10 ? "0" : "")\(rest) s"
}

/// Every line four columns in.
func indented(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)" }.joined(separator: "\n")
}
