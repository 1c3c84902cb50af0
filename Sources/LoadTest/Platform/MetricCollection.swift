internal import AWSCore
internal import AWSServices
internal import Foundation

/// CloudWatch's series of one region for the time of a run, by GetMetricData
/// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html).
struct MetricCollection {
    /// The most that one call takes.
    static let queriesPerCall = 500
    static let mostPoints = 1_200

    let client: AWSClient
    let target: PlatformTarget

    /// The least whole number of minutes that makes no more than `mostPoints` of a run.
    static func periodSeconds(of seconds: Int) -> Int { 60 * (1 + max(0, seconds - 1) / 60 / mostPoints) }

    /// The queries of `lines` in as few calls as hold them, each line's in one.
    /// - Returns: and the names of lines that need more than one call takes.
    static func batches(_ lines: [PlatformTarget.Line]) -> (batches: [[CloudWatch.MetricDataQuery]], tooLarge: [String])
    {
        var (batches, tooLarge): ([[CloudWatch.MetricDataQuery]], [String]) = ([], [])
        for line in lines {
            guard line.queries.count <= queriesPerCall else {
                tooLarge.append(line.name)
                continue
            }
            if let last = batches.last, last.count + line.queries.count <= queriesPerCall {
                batches[batches.count - 1] += line.queries
            } else {
                batches.append(line.queries)
            }
        }
        return (batches, tooLarge)
    }

    /// - Returns: every graph, with lines without points where there is nothing; and what went wrong.
    func graphs(begin: Date, seconds: Int) async -> (graphs: [PlatformReport.Graph], problems: [String]) {
        let period = Self.periodSeconds(of: seconds)
        let length = Double(period)
        let start = (begin.timeIntervalSince1970 / length).rounded(.down) * length
        let end = ((begin.timeIntervalSince1970 + Double(max(1, seconds))) / length).rounded(.up) * length
        let (batches, tooLarge) = Self.batches(target.graphs.flatMap(\.lines))
        var problems = tooLarge.map { "\(target.region): \($0) needs more metrics than one call may ask for" }
        var points: [String: [Double: Double]] = [:]
        for batch in batches {
            let queries = batch.map { query in
                var query = query
                query.metricStat?.period = period
                return query
            }
            do {
                let results = try await client.all(
                    CloudWatch.GetMetricData(
                        metricDataQueries: queries, startTime: Date(timeIntervalSince1970: start),
                        endTime: Date(timeIntervalSince1970: end)), region: target.region
                ) { $0.metricDataResults }
                for result in results {
                    if let status = result.statusCode, !["Complete", "PartialData"].contains(status) {
                        problems.append("\(target.region): \(name(of: result.id)): \(status)")
                    }
                    for (time, value) in zip(result.timestamps, result.values) where value.isFinite {
                        let second = (time.timeIntervalSince(begin) * 10).rounded() / 10
                        points[result.id, default: [:]][second] = value
                    }
                }
            } catch {
                problems.append("\(target.region): CloudWatch's series are not known: \(error)")
            }
        }
        let graphs = target.graphs.map { graph in
            PlatformReport.Graph(
                region: target.region, title: graph.title,
                lines: graph.lines.map { line in
                    let id = line.queries.first { $0.returnData != false }?.id ?? ""
                    let found = points[id, default: [:]].sorted { $0.key < $1.key }
                    return PlatformReport.Line(
                        name: line.name, points: found.map { .init(second: $0.key, value: $0.value) })
                })
        }
        return (graphs, problems)
    }

    private func name(of id: String) -> String {
        for graph in target.graphs {
            if let line = graph.lines.first(where: { $0.queries.contains { $0.id == id } }) {
                return "\(graph.title), \(line.name)"
            }
        }
        return id
    }
}
