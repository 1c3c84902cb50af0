import NIOCore

/// The commands of one session that have no answer yet, oldest first. Answers come in the order of the commands.
///
/// An element is handed out exactly once: answered, expired or drained. An expired command keeps its place until its
/// answer comes, so that later answers stay matched.
struct CommandQueue<Element> {
    private struct Entry {
        /// nil: handed out already, or nobody wants the answer.
        var element: Element?
        let deadline: NIODeadline
        let writtenAt: NIODeadline
    }

    enum Answered {
        case element(Element)
        /// Its caller is gone.
        case unwanted
        /// An answer to nothing.
        case unexpected
    }

    private var entries = CircularBuffer<Entry>()
    let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    var isEmpty: Bool { entries.isEmpty }
    var count: Int { entries.count }

    /// Whether `commands` more fit.
    func hasRoom(for commands: Int) -> Bool { entries.count <= limit - commands }

    mutating func append(_ element: Element?, deadline: NIODeadline, now: NIODeadline) {
        entries.append(Entry(element: element, deadline: deadline, writtenAt: now))
    }

    /// The command that the next answer belongs to.
    mutating func answer() -> Answered {
        guard let entry = entries.popFirst() else { return .unexpected }
        return entry.element.map(Answered.element) ?? .unwanted
    }

    /// Hands out those whose deadline has come.
    mutating func expire(now: NIODeadline) -> [Element] {
        var expired: [Element] = []
        for index in entries.indices where entries[index].deadline <= now {
            if let element = entries[index].element {
                expired.append(element)
                entries[index].element = nil
            }
        }
        return expired
    }

    /// The oldest command has had no answer for `limit`.
    func isStalled(now: NIODeadline, limit: TimeAmount) -> Bool {
        entries.first.map { now >= $0.writtenAt + limit } ?? false
    }

    /// When `expire` or `isStalled` has something to say next; nil when nothing waits.
    func nextEvent(stallLimit: TimeAmount) -> NIODeadline? {
        guard let oldest = entries.first else { return nil }
        return entries.reduce(oldest.writtenAt + stallLimit) { $1.element == nil ? $0 : min($0, $1.deadline) }
    }

    /// Hands out all that are left.
    mutating func drain() -> [Element] {
        defer { entries.removeAll() }
        return entries.compactMap(\.element)
    }
}
