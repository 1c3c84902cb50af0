/// A run over time in a bounded number of rows: when there are too many, each two become one of twice the length.
struct TimeSeries: Sendable {
    struct Row: Sendable {
        /// Of its begin.
        var second: Int
        var seconds: Int
        /// Requests that were due.
        var due: Double
        var tally = Tally()
        var latency = LatencyHistogram.Bins()
        var lag = LatencyHistogram.Bins()
        var connections = 0
        var cpuSeconds = 0.0
    }

    private(set) var rows: [Row] = []
    private(set) var secondsPerRow = 1
    private let mostRows: Int

    init(mostRows: Int = 1_200) { self.mostRows = max(2, mostRows) }

    /// - Parameters:
    ///   - window: of a second after all those before.
    ///   - due: requests due in it.
    mutating func add(_ window: Window, due: Double) {
        if rows.last.map({ window.second >= $0.second + secondsPerRow }) ?? true {
            if rows.count == mostRows { halve() }
            if rows.last.map({ window.second >= $0.second + secondsPerRow }) ?? true {
                rows.append(Row(second: window.second / secondsPerRow * secondsPerRow, seconds: 0, due: 0))
            }
        }
        let last = rows.count - 1
        rows[last].seconds += 1
        rows[last].due += due
        rows[last].tally = rows[last].tally + Tally(window)
        for part in window.classes.values { rows[last].latency.merge(part.latency) }
        rows[last].lag.merge(window.lag)
        rows[last].connections = max(rows[last].connections, window.connections)
        rows[last].cpuSeconds += window.cpuSeconds
    }

    private mutating func halve() {
        secondsPerRow *= 2
        var halved: [Row] = []
        for row in rows {
            guard let last = halved.last, row.second < last.second + secondsPerRow else {
                var first = row
                first.second = row.second / secondsPerRow * secondsPerRow
                halved.append(first)
                continue
            }
            let index = halved.count - 1
            halved[index].seconds += row.seconds
            halved[index].due += row.due
            halved[index].tally = last.tally + row.tally
            halved[index].latency.merge(row.latency)
            halved[index].lag.merge(row.lag)
            halved[index].connections = max(last.connections, row.connections)
            halved[index].cpuSeconds += row.cpuSeconds
        }
        rows = halved
    }
}

extension LatencyHistogram.Bins {
    /// Adds the bins of another: exactly those of all values together.
    mutating func merge(_ other: Self) {
        guard !other.values.isEmpty else { return }
        guard !values.isEmpty else { return self = other }
        var merged = Self()
        merged.values.reserveCapacity(values.count + other.values.count)
        merged.counts.reserveCapacity(values.count + other.values.count)
        var (left, right) = (0, 0)
        while left < values.count || right < other.values.count {
            let first = left < values.count ? values[left] : .max
            let second = right < other.values.count ? other.values[right] : .max
            merged.values.append(min(first, second))
            merged.counts.append((first <= second ? counts[left] : 0) + (second <= first ? other.counts[right] : 0))
            if first <= second { left += 1 }
            if second <= first { right += 1 }
        }
        merged.maximum = max(maximum, other.maximum)
        merged.sum = sum &+ other.sum
        self = merged
    }
}
