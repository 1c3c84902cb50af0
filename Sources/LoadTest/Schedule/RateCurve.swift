/// How many events are due by an instant: phases of a constant or a linearly changing rate, one after the other.
struct RateCurve: Sendable {
    struct Segment: Sendable {
        /// Events a second at its begin and at its end.
        var from: Double
        var to: Double
        var seconds: Double

        var count: Double { (from + to) / 2 * seconds }
    }

    private struct Placed: Sendable {
        var segment: Segment
        var startSeconds: Double
        var startCount: Double
    }

    private let placed: [Placed]
    let seconds: Double
    /// Events in all.
    let count: Double

    init(_ segments: [Segment]) {
        var (seconds, count) = (0.0, 0.0)
        placed = segments.map { segment in
            defer {
                seconds += segment.seconds
                count += segment.count
            }
            return Placed(segment: segment, startSeconds: seconds, startCount: count)
        }
        self.seconds = seconds
        self.count = count
    }

    /// Events a second at an instant; 0 after the end.
    func rate(atSeconds second: Double) -> Double {
        guard let place = placed.last(where: { $0.startSeconds <= second }),
            second < place.startSeconds + place.segment.seconds
        else { return 0 }
        let part = (second - place.startSeconds) / place.segment.seconds
        return place.segment.from + (place.segment.to - place.segment.from) * part
    }

    /// Events due before an instant.
    func count(beforeSecond second: Double) -> Double {
        guard second > 0, let place = placed.last(where: { $0.startSeconds <= second }) else { return 0 }
        let segment = place.segment
        let elapsed = min(second - place.startSeconds, segment.seconds)
        let slope = (segment.to - segment.from) / max(segment.seconds, .leastNormalMagnitude)
        return place.startCount + segment.from * elapsed + slope * elapsed * elapsed / 2
    }

    /// When `number` events are due: the inverse of `count(beforeSecond:)`.
    ///
    /// - Parameter hint: the phase of an earlier instant, to begin the search at; moved along.
    func seconds(untilCount number: Double, hint: inout Int) -> Double {
        hint = min(max(0, hint), max(0, placed.count - 1))
        while hint + 1 < placed.count, placed[hint + 1].startCount <= number { hint += 1 }
        while hint > 0, placed[hint].startCount > number { hint -= 1 }
        guard placed.indices.contains(hint) else { return 0 }
        let place = placed[hint]
        let segment = place.segment
        let rest = number - place.startCount
        let slope = (segment.to - segment.from) / segment.seconds
        // The root of slope/2 t^2 + from t = rest in the form that loses no digits when the slope is small.
        let root = (segment.from * segment.from + 2 * slope * rest).squareRoot()
        let denominator = segment.from + (root.isNaN ? 0 : root)
        let elapsed = denominator > 0 ? 2 * rest / denominator : segment.seconds
        return place.startSeconds + min(max(0, elapsed), segment.seconds)
    }
}
