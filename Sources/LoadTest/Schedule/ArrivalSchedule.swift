/// When each arrival of a run is due, known before the run begins: arrival `i` falls, by chance, within the `i`-th slot of
/// the rate curve. Nothing the server does moves it.
struct ArrivalSchedule: Sendable {
    /// Every `of`-th arrival, beginning with `index`: the schedule is split exactly.
    struct Share: Sendable, Codable, Equatable {
        var index: Int
        var of: Int

        static let whole = Share(index: 0, of: 1)

        /// A share of this share.
        func part(_ part: Int, of parts: Int) -> Share { Share(index: index + part * of, of: of * parts) }
    }

    let curve: RateCurve
    let mixing: Mixing
    let count: Int

    init(_ curve: RateCurve, seed: UInt64) {
        self.curve = curve
        mixing = Mixing(seed: seed)
        count = Int(min(curve.count.rounded(.down), 0x1p53))
    }

    /// Nanoseconds from the begin of the run.
    func instant(of arrival: Int, hint: inout Int) -> UInt64 {
        let number = Double(arrival) + mixing.unit(.jitter, UInt64(arrival))
        return UInt64(curve.seconds(untilCount: min(number, curve.count), hint: &hint) * 1e9)
    }

    /// The arrivals of a share, in the order of their instants.
    func arrivals(_ share: Share) -> Arrivals { Arrivals(schedule: self, share: share, upcoming: share.index) }

    struct Arrivals: Sequence, IteratorProtocol, Sendable {
        fileprivate let schedule: ArrivalSchedule
        fileprivate let share: Share
        fileprivate var upcoming: Int
        private var hint = 0

        fileprivate init(schedule: ArrivalSchedule, share: Share, upcoming: Int) {
            self.schedule = schedule
            self.share = share
            self.upcoming = upcoming
        }

        mutating func next() -> (index: Int, nanoseconds: UInt64)? {
            guard upcoming < schedule.count else { return nil }
            defer { upcoming += share.of }
            return (upcoming, schedule.instant(of: upcoming, hint: &hint))
        }
    }
}
