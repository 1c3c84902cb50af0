public import AWSCore
internal import AWSServices
internal import Foundation

/// Asks AWS for what it kept of a run: CloudWatch's series and what autoscaling did. What cannot be had is a problem of
/// the report and ends nothing.
public struct PlatformCollection: Sendable {
    /// CloudWatch shows a minute of these metrics up to three minutes after it.
    static let delay: TimeInterval = 180
    /// How long after a run what autoscaling does is still its.
    static let aftermath: TimeInterval = 3_600
    static let mostEvents = 1_000

    private let client: AWSClient
    private let targets: [PlatformTarget]

    public init(client: AWSClient, targets: [PlatformTarget]) {
        self.client = client
        self.targets = targets
    }

    /// What the report has already stays where nothing is answered now.
    /// - Parameter findings: what was seen while the run went on; nil: what the report has of it.
    /// - Throws: `LoadTestError` `file` when the report has no time.
    public func report(on run: RunReport, _ findings: TaskWatch.Findings?) async throws -> PlatformReport {
        let begin = try run.begin
        let now = client.configuration.time.date()
        var report = PlatformReport(
            collectedAt: now.formatted(RunReport.timeFormat), problems: findings?.problems ?? [],
            tasks: findings?.histories.map { $0.tasks(since: begin) } ?? run.platform?.tasks ?? [], events: [],
            reactions: [], periodSeconds: MetricCollection.periodSeconds(of: run.seconds), graphs: [],
            isEarly: now < begin.addingTimeInterval(Double(run.seconds) + Self.delay))
        for target in targets {
            let metrics = MetricCollection(client: client, target: target)
            let (graphs, problems) = await metrics.graphs(begin: begin, seconds: run.seconds)
            report.graphs += graphs.map { $0.filled(from: run.platform?.graphs ?? []) }
            report.problems += problems
            for service in target.services {
                await add(service, of: target, begin, run, to: &report)
            }
        }
        report.events.sort { ($0.second, $0.region, $0.service) < ($1.second, $1.region, $1.service) }
        return report
    }

    private func add(
        _ service: String, of target: PlatformTarget, _ begin: Date, _ run: RunReport, to report: inout PlatformReport
    ) async {
        let seen = report.tasks.first { $0.region == target.region && $0.service == service }?.counts ?? []
        var events: [PlatformReport.ScalingEvent]
        do {
            events = try await self.events(of: service, in: target, since: begin, seconds: run.seconds)
        } catch {
            report.problems.append("\(target.region): what scaled \(service) is not known: \(error)")
            events = run.platform?.events.filter { $0.region == target.region && $0.service == service } ?? []
        }
        if events.count > Self.mostEvents {
            report.problems.append(
                "\(target.region): of \(events.count) scaling events of \(service) the first \(Self.mostEvents) are told"
            )
            events.removeLast(events.count - Self.mostEvents)
        }
        let counts = PlatformReport.ScalingEvent.continued(seen, by: events)
        report.events += events.map { event in
            var event = event
            event.from = counts.last { $0.second < event.second && $0.desired != event.to }?.desired
            return event
        }
        report.reactions += Reaction.all(
            region: target.region, service: service, to: run.scenario, counts: counts)
    }

    /// In order of time.
    private func events(
        of service: String, in target: PlatformTarget, since begin: Date, seconds: Int
    ) async throws -> [PlatformReport.ScalingEvent] {
        let activities = try await client.all(
            ApplicationAutoScaling.DescribeScalingActivities(
                serviceNamespace: "ecs", resourceId: "service/\(target.cluster)/\(service)",
                scalableDimension: "ecs:service:DesiredCount"), region: target.region
        ) { $0.scalingActivities }
        let last = Double(seconds) + Self.aftermath
        return activities.compactMap {
            PlatformReport.ScalingEvent($0, region: target.region, service: service, since: begin)
        }.filter { (0...last).contains($0.second) }.sorted { $0.second < $1.second }
    }
}

extension PlatformReport.Graph {
    /// Lines without a point have those that they had before.
    func filled(from graphs: [Self]) -> Self {
        guard let before = graphs.first(where: { $0.region == region && $0.title == title }) else { return self }
        var graph = self
        for index in lines.indices where lines[index].points.isEmpty {
            graph.lines[index].points = before.lines.first { $0.name == lines[index].name }?.points ?? []
        }
        return graph
    }
}

extension PlatformReport.ScalingEvent {
    /// nil when the activity has no time.
    init?(
        _ activity: ApplicationAutoScaling.ScalingActivity, region: String, service: String, since begin: Date
    ) {
        guard let start = activity.startTime else { return nil }
        func second(_ date: Date) -> Double { (date.timeIntervalSince(begin) * 10).rounded() / 10 }
        self.init(
            second: second(start), endSecond: activity.endTime.map(second), region: region, service: service,
            to: activity.description.flatMap { $0.firstMatch(of: #/desired count to (\d+)/#) }
                .flatMap { Int($0.output.1) },
            status: activity.statusCode ?? "", cause: activity.cause ?? "")
    }

    /// The counts, and after the last of them what the events did: the desired count at an event's begin, the running
    /// tasks when it was fulfilled.
    static func continued(_ counts: [PlatformReport.Count], by events: [Self]) -> [PlatformReport.Count] {
        guard var count = counts.last else { return counts }
        var moves: [(second: Double, desired: Int?, running: Int?)] = []
        for event in events where event.status != "Failed" {
            guard let to = event.to else { continue }
            moves.append((event.second, to, nil))
            if let end = event.endSecond, event.status == "Successful" { moves.append((end, nil, to)) }
        }
        return counts
            + moves.filter { [last = count.second] in $0.second > last }.sorted { $0.second < $1.second }.map { move in
                count.second = move.second
                count.desired = move.desired ?? count.desired
                count.running = move.running ?? count.running
                count.pending = max(0, count.desired - count.running)
                return count
            }
    }
}
