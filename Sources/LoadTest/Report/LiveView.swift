/// A run on a terminal: one line that is written over every second, with a sparkline of the last minute; in a pipe a
/// plain line every so many seconds.
public struct LiveView: Sendable {
    private static let marks = Array("▁▂▃▄▅▆▇█")
    private static let plainInterval = 10

    private let isLive: Bool
    private var rates: [Double] = []

    /// - Parameter isLive: whether lines may be written over.
    public init(isLive: Bool) { self.isLive = isLive }

    /// The text to write for a second, without colours; nil: nothing.
    public mutating func text(_ second: LiveSecond, columns: Int) -> String? {
        rates.append(Double(second.answered))
        if rates.count > 60 { rates.removeFirst() }
        let line =
            "\(Self.clock(second.second))  \(second.phase)  \(second.answered)/s of \(Int(second.due.rounded()))"
            + "  p50 \(Self.milliseconds(second.p50))  p95 \(Self.milliseconds(second.p95))"
            + "  p99 \(Self.milliseconds(second.p99)) ms  errors \(second.errors)  lag \(Self.milliseconds(second.lagP99))"
            + "  conns \(second.connections)"
        guard isLive else { return second.second % Self.plainInterval == 0 ? line + "\n" : nil }
        let room = max(0, columns - line.count - 3)
        let shown = String((line + "  " + String(sparkline.suffix(room))).prefix(max(1, columns - 1)))
        return "\r\u{1B}[2K\(shown)"
    }

    /// What is written after the last second.
    public var end: String { isLive ? "\n" : "" }

    var sparkline: String {
        let most = max(rates.max() ?? 0, 1)
        return String(rates.map { Self.marks[min(7, Int($0 / most * 7.999))] })
    }

    private static func clock(_ seconds: Int) -> String {
        let rest = seconds % 60
        return "\(seconds / 60):\(rest < 10 ? "0" : "")\(rest)"
    }

    private static func milliseconds(_ microseconds: UInt64) -> String {
        let value = Double(microseconds) / 1_000
        return value < 10 ? "\((value * 100).rounded() / 100)" : "\(Int(value.rounded()))"
    }
}
