import Testing

@testable import LoadTest

@Suite struct ArrivalScheduleTests {
    private static let curve = RateCurve([
        .init(from: 50, to: 50, seconds: 10), .init(from: 50, to: 400, seconds: 20),
        .init(from: 400, to: 400, seconds: 5),
        .init(from: 400, to: 10, seconds: 8),
    ])

    @Test func `a constant rate has one arrival in each slot`() {
        let schedule = ArrivalSchedule(RateCurve([.init(from: 200, to: 200, seconds: 10)]), seed: 3)
        let instants = schedule.arrivals(.whole).map(\.nanoseconds)
        #expect(instants.count == 2_000)
        for (index, instant) in instants.enumerated() {
            let slot = UInt64(index) * 5_000_000
            #expect(instant >= slot && instant <= slot + 5_000_000)
        }
        // By chance within the slot, not at its begin.
        #expect(Set(instants.map { $0 % 5_000_000 }).count > 1_900)
    }

    @Test func `instants are the inverse of the count that is due`() {
        let schedule = ArrivalSchedule(Self.curve, seed: 11)
        // 500 + 4500 + 2000 + 1640
        #expect(schedule.count == 8_640)
        var last: UInt64 = 0
        for (index, instant) in schedule.arrivals(.whole) {
            #expect(instant >= last)
            last = instant
            let due = Self.curve.count(beforeSecond: Double(instant) / 1e9)
            let slot = due - Double(index)
            #expect(slot > -0.01 && slot < 1.01, "arrival \(index)")
        }
    }

    @Test(arguments: [2, 3, 16])
    func `the shares of workers and of their loops are exactly the whole`(workers: Int) {
        let schedule = ArrivalSchedule(Self.curve, seed: 5)
        let whole = schedule.arrivals(.whole).map { [UInt64($0.index), $0.nanoseconds] }
        var parts: [[UInt64]] = []
        for worker in 0..<workers {
            for loop in 0..<2 {
                let share = ArrivalSchedule.Share.whole.part(worker, of: workers).part(loop, of: 2)
                parts += schedule.arrivals(share).map { [UInt64($0.index), $0.nanoseconds] }
            }
        }
        #expect(parts.sorted { $0[0] < $1[0] } == whole)
    }

    @Test func `another seed has other instants, the same seed the same`() {
        func instants(_ seed: UInt64) -> [UInt64] {
            ArrivalSchedule(Self.curve, seed: seed).arrivals(.whole).map(\.nanoseconds)
        }
        #expect(instants(1) == instants(1))
        #expect(instants(1) != instants(2))
    }

    @Test func `the mix is that of the requests which arrivals are expected to make`() {
        var scenario = Scenario()
        scenario.phases = [.init(name: "x", fromRate: 1_000, toRate: 1_000, seconds: 100)]
        scenario.mix = .init(reads: 70, confirm: 20, worker: 10)
        let plan = ArrivalPlan(scenario, seed: 9, isPaid: false)
        var requests: [ArrivalPlan.Kind: Double] = [:]
        for arrival in 0..<plan.schedule.count {
            let kind = plan.kind(of: arrival)
            requests[kind, default: 0] += kind.requests(isPaid: false)
        }
        let sum = requests.values.reduce(0, +)
        #expect(abs(sum - 100_000) < 2_000)
        #expect(abs((requests[.read] ?? 0) / sum - 0.7) < 0.02)
        #expect(abs((requests[.quote] ?? 0) / sum - 0.2) < 0.02)
        #expect(abs((requests[.purchase] ?? 0) / sum - 0.1) < 0.02)
    }
}
