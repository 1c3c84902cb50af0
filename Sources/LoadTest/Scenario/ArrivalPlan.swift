/// What arrives when: single reads and buyers, so that the requests they are expected to make sum up to the scenario's rate.
struct ArrivalPlan: Sendable {
    enum Kind: Sendable, CaseIterable {
        case read
        /// Is quoted a price and gives the seat back.
        case quote
        case purchase

        /// Requests of one arrival when nothing is waited for twice.
        func requests(isPaid: Bool) -> Double {
            switch self {
            case .read: 1
            // enter, poll, hold, intent, release
            case .quote: 5
            // enter, poll, hold, intent, callback, commit, status
            case .purchase: isPaid ? 7 : 6
            }
        }
    }

    let schedule: ArrivalSchedule
    private let readPart: Double
    private let quotePart: Double

    /// - Parameter isPaid: whether buyers report a payment.
    init(_ scenario: Scenario, seed: UInt64, isPaid: Bool) {
        let mix = scenario.mix
        let sum = mix.reads + mix.confirm + mix.worker
        let arrivals = [(mix.reads, Kind.read), (mix.confirm, .quote), (mix.worker, .purchase)].map { part, kind in
            part / sum / kind.requests(isPaid: isPaid)
        }
        let perRequest = arrivals.reduce(0, +)
        let curve = RateCurve(
            scenario.phases.map {
                .init(from: $0.fromRate * perRequest, to: $0.toRate * perRequest, seconds: $0.seconds)
            })
        schedule = ArrivalSchedule(curve, seed: seed)
        readPart = arrivals[0] / perRequest
        quotePart = arrivals[1] / perRequest
    }

    func kind(of arrival: Int) -> Kind {
        let chance = schedule.mixing.unit(.kind, UInt64(arrival))
        if chance < readPart { return .read }
        return chance < readPart + quotePart ? .quote : .purchase
    }
}
