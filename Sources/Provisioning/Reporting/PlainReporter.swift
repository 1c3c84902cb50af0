import Synchronization

/// One line an event, for pipes and CI.
public final class PlainReporter: Reporter {
    private let write: @Sendable (String) -> Void
    private let style: TextStyle
    /// What was said last of each resource, so that waiting says each word once.
    private let said = Mutex<[NodeID: String]>([:])

    /// - Parameter write: writes one line, without its end.
    public init(style: TextStyle, write: @escaping @Sendable (String) -> Void) {
        self.style = style
        self.write = write
    }

    public func report(_ event: RunEvent) {
        if let line = line(event) { write(line) }
    }

    func line(_ event: RunEvent) -> String? {
        let name = event.node.map { "\(event.step?.name ?? "") \($0)" } ?? ""
        switch event.event {
        case .planned:
            return nil
        case .started:
            return nil
        case .waiting, .retrying:
            guard let node = event.node, let detail = event.detail else { return nil }
            let isNews = said.withLock { said in
                defer { said[node] = detail }
                return said[node] != detail
            }
            return isNews ? "\(style.sign(.wait)) \(name)  \(detail)" : nil
        case .finished:
            let seconds = event.seconds.map { style.dim(elapsed($0)) } ?? ""
            return "\(style.sign(event.action ?? .none)) \(name)  \(event.identity ?? "")  \(seconds)"
                + (event.detail.map { "\n" + indented($0) } ?? "")
        case .failed:
            return "\(style.red("x")) \(name)  \(event.detail ?? "")" + (event.next.map { "\n    next: \($0)" } ?? "")
        case .blocked:
            return "\(style.red("x")) \(name)  " + (event.detail.map { "not begun: \($0) failed" } ?? "stopped")
        case .stamped:
            return style.dim("stamped \(event.region ?? "")/\(event.step?.name ?? "")")
        case .note:
            return event.detail
        case .ended:
            return Self.ending(event)
        }
    }

    /// "done in 3.1 s: 95 reads, 270 writes; ..."
    static func ending(_ event: RunEvent) -> String {
        let counts = event.counts ?? [:]
        let seconds = event.seconds ?? 0
        var text =
            "\((counts["failed"] ?? 0) + (counts["blocked"] ?? 0) == 0 ? "done" : "ended") in \(elapsed(seconds)): "
            + "\(counts["reads"] ?? 0) reads, \(counts["writes"] ?? 0) writes"
        if let path = event.criticalPathSeconds, path > 0 {
            text +=
                "; \((seconds / path * 100).rounded() / 100) x the critical path of its API calls (\(elapsed(path)))"
        }
        if let failed = counts["failed"], failed > 0 { text += "; \(failed) failed" }
        if let left = counts["blocked"], left > 0 { text += "; \(left) left to do" }
        return text
    }
}
