public import AWSCore

/// Asks logs for what is new, again and again, until the task is cancelled or `body` throws.
public struct LogFollow: Sendable {
    /// CloudWatch shows an event some seconds after its time, so each question goes back so far; what was given is known by
    /// its id.
    static let overlapMilliseconds = 30_000
    /// More are not remembered: an event may then be given twice, never lost.
    static let rememberedLimit = 100_000
    static let shortest: Duration = .seconds(1)
    static let longest: Duration = .seconds(8)

    private let merge: LogMerge
    private let time: TimeSource
    private var seen: [String: Int] = [:]

    /// - Parameter time: waits between two looks.
    public init(_ merge: LogMerge, time: TimeSource = .system) {
        self.merge = merge
        self.time = time
    }

    /// Gives every event since `from` (milliseconds since 1970) to `body`, once, the oldest of each look first. The pause
    /// grows from one second to eight while nothing comes.
    public mutating func run(from: Int, _ body: (LogLine) throws -> Void) async throws {
        var (latest, pause) = (from, Self.shortest)
        while true {
            var news = 0
            var found = seen
            try await merge.read(from: max(from, latest - Self.overlapMilliseconds)) { line in
                let id = "\(line.source.region) \(line.source.group) \(line.id)"
                guard found.updateValue(line.milliseconds, forKey: id) == nil else { return }
                latest = max(latest, line.milliseconds)
                news += 1
                try body(line)
            }
            let oldest = latest - Self.overlapMilliseconds
            seen = found.filter { $0.value >= oldest }
            if seen.count > Self.rememberedLimit { seen = [:] }
            pause = news > 0 ? Self.shortest : min(pause * 2, Self.longest)
            try await time.sleep(pause)
        }
    }
}
