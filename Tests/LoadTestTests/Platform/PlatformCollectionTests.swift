import AWSCore
import AWSServices
import CurlTransport
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import LoadTest

/// An account by a script: what is asked is kept, and every action has its answer.
private struct Account {
    let clock = ManualClock(start: Date(timeIntervalSince1970: 1_700_000_000))
    let transport: ScriptedTransport
    let client: AWSClient

    init(_ answer: @escaping @Sendable (_ action: String, _ body: [String: Any]) -> HTTPResponse) {
        transport = ScriptedTransport { request, _ in
            let target = request.headers["X-Amz-Target"] ?? ""
            let body = try? JSONSerialization.jsonObject(with: Data(request.bodyText.utf8)) as? [String: Any]
            return answer(target.split(separator: ".").last.map(String.init) ?? "", body ?? [:])
        }
        let clock = clock
        client = AWSClient(
            transport: transport,
            configuration: .init(
                credentials: nil, endpoints: EndpointResolver(url: "http://endpoint.test"),
                time: TimeSource(clock, date: { clock.date }), random: { 0 }))
    }

    func bodies(_ action: String) -> [String] {
        transport.requests.filter { $0.headers["X-Amz-Target"]?.hasSuffix(action) == true }.map(\.bodyText)
    }
}

private func query(_ id: String, isShown: Bool = true) -> CloudWatch.MetricDataQuery {
    .init(
        id: id,
        metricStat: .init(
            metric: .init(namespace: "AWS/ApplicationELB", metricName: "RequestCount", dimensions: []), period: 60,
            stat: "Sum"), returnData: isShown)
}

private func target(
    _ lines: [PlatformTarget.Line], services: [String] = ["s"], region: String = "ap-northeast-1"
) -> PlatformTarget {
    PlatformTarget(region: region, cluster: "c", services: services, graphs: [.init("Requests", lines)])
}

private func run(seconds: Int, begin: Date) throws -> RunReport {
    let order = WorkerOrder.reads(rate: 100, seconds: Double(seconds), url: "http://127.0.0.1:1")
    var outcome = RunOutcome(begin: begin, workers: 1)
    for second in 0..<seconds { outcome.series.add(Window(second: second), due: 100) }
    return RunReport(
        outcome, order, purchases: PurchaseCheck(),
        environment: .init(
            publicURL: "http://127.0.0.1:1", confirmURL: "http://127.0.0.1:1", toolVersion: "1", commit: nil,
            workers: 1, loopsPerWorker: 1))
}

@Suite struct PlatformCollectionTests {
    // 20 seconds into a minute, and a quarter of a second.
    private static let begin = Date(timeIntervalSince1970: 1_700_000_000.25)

    @Test func `every page of the series is read, in the order of time, relative to the run's begin`() async throws {
        let account = Account { action, body in
            guard action == "GetMetricData" else { return HTTPResponse(200, #"{"ScalingActivities": []}"#) }
            return HTTPResponse(
                200,
                body["NextToken"] == nil
                    ? #"""
                    {"MetricDataResults": [
                      {"Id": "line1", "StatusCode": "PartialData", "Timestamps": [1700000100, 1700000040], "Values": [3, 2]},
                      {"Id": "line2", "StatusCode": "Complete", "Timestamps": [], "Values": []}], "NextToken": "two"}
                    """#
                    : #"""
                    {"MetricDataResults": [
                      {"Id": "line1", "StatusCode": "Complete", "Timestamps": [1699999980], "Values": [1]}]}
                    """#)
        }
        account.clock.advance(by: .seconds(1_000))
        let lines = [PlatformTarget.Line("requests", [query("line1")]), .init("errors", [query("line2")])]
        let collection = PlatformCollection(client: account.client, targets: [target(lines, services: [])])
        let report = try await collection.report(on: try run(seconds: 120, begin: Self.begin), nil)
        #expect(
            report.graphs == [
                .init(
                    region: "ap-northeast-1", title: "Requests",
                    lines: [
                        .init(
                            name: "requests",
                            points: [
                                .init(second: -20.3, value: 1), .init(second: 39.8, value: 2),
                                .init(second: 99.8, value: 3),
                            ]), .init(name: "errors", points: []),
                    ])
            ])
        #expect(report.problems == [] && report.events == [] && !report.isEarly)
        let asked = account.bodies("GetMetricData")
        #expect(asked.count == 2)
        // The whole minutes that hold the run.
        #expect(asked.allSatisfy { $0.contains("1699999980") && $0.contains("1700000160") })
    }

    @Test func `queries go into as few calls as hold them, a line's in one`() {
        let lines = (0..<7).map { line in
            PlatformTarget.Line("\(line)", (0..<99).map { query("line\(line)_\($0)") })
        }
        let (batches, tooLarge) = MetricCollection.batches(lines + [.init("wide", (0..<501).map { query("w\($0)") })])
        #expect(batches.map(\.count) == [495, 198])
        #expect(Set(batches.joined().map(\.id)).count == 693)
        #expect(tooLarge == ["wide"])
        #expect(MetricCollection.periodSeconds(of: 3_300) == 60)
        #expect(MetricCollection.periodSeconds(of: 72_000) == 60)
        #expect(MetricCollection.periodSeconds(of: 604_800) == 540)
    }

    @Test func `what is refused is told, and hides nothing else`() async throws {
        let account = Account { action, _ in
            action == "GetMetricData"
                ? HTTPResponse(400, #"{"__type": "AccessDeniedException", "message": "not cloudwatch:GetMetricData"}"#)
                : HTTPResponse(
                    200,
                    #"""
                    {"ScalingActivities": [
                      {"Description": "Setting desired count to 26.", "Cause": "monitor alarm a in state ALARM triggered policy p",
                       "StartTime": 1700000075.25, "EndTime": 1700000100.25, "StatusCode": "Successful"},
                      {"Description": "Setting desired count to 9.", "StartTime": 1699990000, "StatusCode": "Successful"}]}
                    """#)
        }
        let watched = TaskWatch.Findings(histories: [Self.history([(-2, 12), (70, 12), (80, 26)])], problems: ["seen"])
        let collection = PlatformCollection(
            client: account.client, targets: [target([.init("requests", [query("line1")])])])
        let report = try await collection.report(on: try run(seconds: 120, begin: Self.begin), watched)
        #expect(report.problems.first == "seen")
        #expect(report.problems.count == 2 && report.problems[1].contains("not cloudwatch:GetMetricData"))
        #expect(report.graphs[0].lines[0].points.isEmpty)
        #expect(
            report.events == [
                .init(
                    second: 75, endSecond: 100, region: "ap-northeast-1", service: "s", from: 12, to: 26,
                    status: "Successful", cause: "monitor alarm a in state ALARM triggered policy p")
            ])
        #expect(report.reactions.map(\.desiredAfter) == [80])
        #expect(report.isEarly)
    }

    @Test func `asked again, what is known already stays where nothing is answered`() async throws {
        let isRefused = Mutex(false)
        let account = Account { action, _ in
            if isRefused.withLock({ $0 }) { return HTTPResponse(400, #"{"__type": "AccessDeniedException"}"#) }
            return HTTPResponse(
                200,
                action == "GetMetricData"
                    ? #"{"MetricDataResults": [{"Id": "line1", "Timestamps": [1700000040], "Values": [2]}]}"#
                    : #"{"ScalingActivities": [{"Description": "Setting desired count to 9.", "StartTime": 1700000900}]}"#
            )
        }
        let collection = PlatformCollection(
            client: account.client, targets: [target([.init("requests", [query("line1")])])])
        var run = try run(seconds: 120, begin: Self.begin)
        let findings = TaskWatch.Findings(histories: [Self.history([(-2, 12), (30, 15)])])
        run.platform = try await collection.report(on: run, findings)
        let read = try JSONDecoder().decode(RunReport.self, from: run.json())
        #expect(read == run)
        isRefused.withLock { $0 = true }
        let again = try await collection.report(on: read, nil)
        #expect(again.problems.count == 2)
        #expect(again.events.map(\.from) == [15])
        #expect(
            (again.tasks, again.events, again.graphs, again.reactions)
                == (
                    run.platform?.tasks ?? [], run.platform?.events ?? [], run.platform?.graphs ?? [],
                    run.platform?.reactions ?? []
                ))
    }

    private static func history(_ looks: [(Double, Int)]) -> TaskHistory {
        var history = TaskHistory(region: "ap-northeast-1", service: "s")
        for (second, tasks) in looks {
            history.add(.init(time: begin.addingTimeInterval(second), desired: tasks, running: tasks, pending: 0))
        }
        return history
    }
}

@Suite struct TaskWatchTests {
    private static func services(_ tasks: Int) -> HTTPResponse {
        HTTPResponse(
            200,
            #"""
            {"services": [{"serviceArn": "a", "serviceName": "s", "status": "ACTIVE", "desiredCount": \#(tasks + 1),
              "runningCount": \#(tasks), "pendingCount": 1}], "failures": []}
            """#)
    }

    @Test(.timeLimit(.minutes(5)))
    func `a look that fails is counted, and the next one comes all the same`() async throws {
        let looks = Mutex(0)
        let account = Account { _, _ in
            let look = looks.withLock { count in
                count += 1
                return count
            }
            if (3...4).contains(look) {
                return HTTPResponse(400, #"{"__type": "AccessDeniedException", "message": "not you"}"#)
            }
            return Self.services(look < 6 ? 12 : 20)
        }
        let watch = TaskWatch(client: account.client, targets: [target([])])
        try await watch.begin()
        try await eventually { looks.withLock { $0 } >= 9 }
        let findings = await watch.end()
        let counts = findings.histories[0].tasks(since: account.clock.date).counts
        #expect(Array(counts.map(\.running).prefix(4)) == [12, 12, 20, 20])
        #expect(counts.count == 4 && counts[0].desired == 13)
        #expect(findings.problems.count == 1)
        #expect(findings.problems[0].hasPrefix("ap-northeast-1: 2 look(s) at the tasks failed") == true)
        #expect(findings.problems[0].contains("not you"))
        #expect(Set(account.clock.sleeps) == [.seconds(5)])
        // All services of a region in one call.
        #expect(account.bodies("DescribeServices").allSatisfy { $0.contains(#""services":["s"]"#) })
    }

    @Test(.timeLimit(.minutes(5)))
    func `the first look is at the begin, the last at the end`() async throws {
        let transport = ScriptedTransport { _, number in Self.services(number == 0 ? 12 : 30) }
        // On a manual clock the look after the first would come at once.
        let client = AWSClient(
            transport: transport,
            configuration: .init(
                credentials: nil, endpoints: EndpointResolver(url: "http://endpoint.test"),
                time: TimeSource(ContinuousClock()), random: { 0 }))
        let watch = TaskWatch(client: client, targets: [target([])])
        try await watch.begin()
        #expect(await watch.end().histories[0].looks.map(\.running).prefix(2) == [12, 30])
    }

    @Test func `a first look that is refused ends it before the run`() async {
        let account = Account { _, _ in HTTPResponse(200, #"{"services": [], "failures": []}"#) }
        let watch = TaskWatch(client: account.client, targets: [target([])])
        await #expect(throws: LoadTestError.self) { try await watch.begin() }
    }

    @Test func `a history keeps a bounded number of looks, and says when it is full`() {
        var history = TaskHistory(region: "r", service: "s")
        let begin = Date(timeIntervalSince1970: 0)
        for second in 0..<100 { history.add(.init(time: begin + Double(second), desired: 1, running: 1, pending: 0)) }
        #expect(history.looks.map(\.time) == [begin, begin + 99])
        for tasks in 2..<6_000 { history.add(.init(time: begin + 100, desired: tasks, running: 1, pending: 0)) }
        #expect(history.looks.count == TaskHistory.mostLooks && history.isFull)
    }
}
