/// What the hot path's health leaves of a room's rate: it falls fast while the path is over its bounds, and climbs back
/// slowly. To be asked once a window of the reports, about once a second.
public struct AdmissionThrottle: Sendable {
    /// Half of the requests were served by processes with a p95 above it: too slow.
    public var p95BoundMilliseconds: Double
    /// More of the requests failed: too many.
    public var failureBound: Double
    /// Fewer requests than this say nothing.
    public var leastRequests: Int
    /// Never less: without any traffic no recovery could be seen.
    public var floor: Double

    private static let decrease = 0.7
    private static let increase = 0.05
    private static let increaseUnseen = 0.01

    public init(
        p95BoundMilliseconds: Double = 200, failureBound: Double = 0.01, leastRequests: Int = 20, floor: Double = 0.05
    ) {
        self.p95BoundMilliseconds = p95BoundMilliseconds
        self.failureBound = failureBound
        self.leastRequests = leastRequests
        self.floor = floor
    }

    /// The throttle that follows `previous`, within `floor` to 1.
    /// - Parameter reports: one a process.
    public func next(after previous: Double, reports: [HotPathHealth]) -> Double {
        let reports = reports.filter { $0.requests > 0 }
        let requests = reports.reduce(0.0) { $0 + Double($1.requests) }
        let change: (Double) -> Double =
            if requests < Double(leastRequests) {
                { $0 + Self.increaseUnseen }
            } else if isOverBound(reports, requests: requests) {
                { $0 * Self.decrease }
            } else {
                { $0 + Self.increase }
            }
        return min(1, max(floor, change(previous.isFinite ? previous : floor)))
    }

    private func isOverBound(_ reports: [HotPathHealth], requests: Double) -> Bool {
        let failures = reports.reduce(0.0) { $0 + Double(max(0, $1.failures)) }
        // By requests: one sick process among many shall not slow the sale down, nor many idle ones hide a sick one.
        let slow = reports.filter { !($0.p95Milliseconds <= p95BoundMilliseconds) }
        let slowRequests = slow.reduce(0.0) { $0 + Double($1.requests) }
        return failures > failureBound * requests || slowRequests * 2 > requests
    }
}
