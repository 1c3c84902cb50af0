import AWSCore
import AWSServices

/// The alarms of a release: asked before it begins, and watched while a wave bakes.
struct AlarmWatch: Sendable {
    let client: AWSClient
    /// Names, by region.
    let alarms: [String: [String]]
    /// Names that may be in ALARM.
    let accepted: Set<String>
    let pace: Pace
    let report: @Sendable (ReleaseEvent) -> Void

    /// DescribeAlarms takes so many names.
    private static let atOnce = 100

    struct Sight: Sendable, Equatable {
        var name: String
        var region: String
        /// nil: there is no such alarm.
        var state: String?
        var reason: String?

        /// "alarm ticket-alb-5xx in ap-northeast-2 is in ALARM: ..."
        var sentence: String {
            guard let state else { return "alarm \(name) in \(region) does not exist" }
            return "alarm \(name) in \(region) is in \(state)" + (reason.map { ": \($0)" } ?? "")
        }
    }

    func look(_ regions: [String]) async throws -> [Sight] {
        var sights: [Sight] = []
        for region in regions {
            let names = alarms[region] ?? []
            for start in stride(from: 0, to: names.count, by: Self.atOnce) {
                let asked = Array(names[start..<min(start + Self.atOnce, names.count)])
                let found = try await client.all(CloudWatch.DescribeAlarms(alarmNames: asked), region: region) {
                    $0.metricAlarms
                }
                sights += asked.map { name in
                    let alarm = found.first { $0.alarmName == name }
                    return Sight(
                        name: name, region: region, state: alarm.map { $0.stateValue ?? "INSUFFICIENT_DATA" },
                        reason: alarm?.stateReason)
                }
            }
        }
        return sights
    }

    /// What forbids to begin: an alarm already in ALARM is not watched by ECS, and would hide what the release breaks.
    func obstacles(_ sights: [Sight]) -> [Sight] {
        sights.filter { ($0.state == nil || $0.state == "ALARM") && !accepted.contains($0.name) }
    }

    /// Watches the regions' alarms for `duration`.
    /// - Returns: the first alarm that went off; nil: all was quiet.
    func bake(_ regions: [String], for duration: Duration) async throws -> Sight? {
        guard duration > .zero else { return nil }
        let count = regions.reduce(0) { $0 + (alarms[$1]?.count ?? 0) }
        report(
            ReleaseEvent(
                .baking,
                detail: "\(count) alarms in \(regions.joined(separator: ", ")) for \(duration.components.seconds) s"))
        let start = pace.time.uptime()
        let interval = max(.milliseconds(250), min(.seconds(10), duration / 10))
        while true {
            if let first = obstacles(try await look(regions)).first { return first }
            let left = duration - (pace.time.uptime() - start)
            guard left > .zero else { return nil }
            try await pace.sleep(min(interval, left))
        }
    }
}
