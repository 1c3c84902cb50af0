internal import Foundation

/// A service's task counts over time: of looks in a row that saw the same, the first and the last are kept.
struct TaskHistory: Sendable {
    static let mostLooks = 5_000

    struct Look: Sendable {
        var time: Date
        var desired: Int
        var running: Int
        var pending: Int

        func sees(_ other: Look) -> Bool {
            (desired, running, pending) == (other.desired, other.running, other.pending)
        }
    }

    let region: String
    let service: String
    private(set) var looks: [Look] = []
    /// Whether looks were left out for lack of room.
    private(set) var isFull = false

    init(region: String, service: String) {
        self.region = region
        self.service = service
    }

    mutating func add(_ look: Look) {
        if looks.count >= 2, looks.suffix(2).allSatisfy(look.sees) {
            looks[looks.count - 1].time = look.time
        } else if looks.count < Self.mostLooks {
            looks.append(look)
        } else {
            isFull = true
        }
    }

    func tasks(since begin: Date) -> PlatformReport.Tasks {
        PlatformReport.Tasks(
            region: region, service: service,
            counts: looks.map { look in
                PlatformReport.Count(
                    second: (look.time.timeIntervalSince(begin) * 10).rounded() / 10, desired: look.desired,
                    running: look.running, pending: look.pending)
            })
    }
}
