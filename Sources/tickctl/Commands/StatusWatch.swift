import AWSResources
import Delivery
import Foundation
import Provisioning
import TicketSteps
import Ticketing

/// `status --watch`: all regions on one screen, drawn over again and again; in a pipe, one block of lines after another.
struct StatusWatch {
    let session: Session
    let regions: [Stack.Region]
    let style: TextStyle
    let json: Bool
    let pause: Duration

    private struct Snapshot: Encodable {
        var time: String
        var runningCommand: String?
        var frozen: Freeze?
        var regions: [RegionStatus]
    }

    /// Until the task is cancelled, or stdout goes away.
    func run() async throws {
        let isDrawn = !json && Terminal.isOutputTerminal
        let output = StandardOutput()
        var drawn = 0
        while true {
            let snapshot = try await snapshot()
            if json {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                encoder.dateEncodingStrategy = .iso8601
                try output.line(String(decoding: try encoder.encode(snapshot), as: UTF8.self))
                try output.flush()
            } else {
                var lines = text(snapshot)
                if isDrawn {
                    // What a terminal scrolls cannot be drawn over, nor what it wraps.
                    let size = Terminal.size
                    lines = lines.prefix(max(3, size.rows - 1)).map { TextStyle.cut($0, to: size.columns) }
                    if drawn > 0 { Terminal.standardOutput("\u{1B}[\(drawn)A\u{1B}[J") }
                    drawn = lines.count
                }
                for line in lines { try output.line(line) }
                if !isDrawn { try output.line("") }
                try output.flush()
            }
            try await Task.sleep(for: pause)
        }
    }

    private func snapshot() async throws -> Snapshot {
        let stack = session.stack
        let statuses = try await withThrowingTaskGroup(of: RegionStatus.self) { group in
            for region in regions {
                let survey = StatusSurvey(
                    client: session.client,
                    target: StatusSurvey.Target(
                        region: region.name, cluster: stack.clusterName, services: Role.allCases.map(stack.serviceName),
                        loadBalancer: stack.loadBalancerName, queue: stack.commitQueueName,
                        deadLetterQueue: stack.deadLetterQueueName, alarmPrefix: stack.name + "-"))
                group.addTask { try await survey.status() }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        return Snapshot(
            time: Date().formatted(.iso8601), runningCommand: try await session.lockHolder(),
            frozen: try await session.freezes.current(at: Date()),
            regions: regions.compactMap { region in statuses.first { $0.region == region.name } })
    }

    private func text(_ snapshot: Snapshot) -> [String] {
        var lines = [
            style.bold("stack \(session.stack.name)") + "  \(snapshot.time)  "
                + (snapshot.runningCommand.map { style.yellow("running: \($0)") } ?? "nobody is running")
        ]
        if let freeze = snapshot.frozen { lines.append(style.yellow(freeze.summary)) }
        for status in snapshot.regions { lines += text(status) }
        return lines
    }

    private func text(_ status: RegionStatus) -> [String] {
        let deadLetters = (status.deadLetters ?? 0) > 0
        var lines = [
            style.bold(status.region.padded(to: 16)) + "requests/s \(number(status.requestsPerSecond))  p95 "
                + (status.p95Seconds.map { "\(Int(($0 * 1000).rounded())) ms" } ?? "-") + "  5xx/min "
                + number(status.serverErrors),
            "  orders waiting \(number(status.waitingOrders)), in work \(number(status.ordersInWork)), oldest "
                + (status.oldestOrderSeconds.map { "\(Int($0)) s" } ?? "-") + "  "
                + paint(deadLetters, "dead letters \(number(status.deadLetters))"),
        ]
        lines += Table.lines(
            status.services.flatMap { service in
                [["  \(service.service)", "\(service.running)/\(service.desired) tasks", pending(service), ""]]
                    + service.deployments.map { deployment in
                        [
                            "    \(deployment.revision)", "\(deployment.running)/\(deployment.desired)",
                            deployment.state, deployment.failed > 0 ? "\(deployment.failed) failed" : "",
                        ]
                    }
            })
        lines.append(
            status.alarms.isEmpty
                ? "  no alarm (\(status.alarmsWatched) watched)"
                : style.red("  ALARM \(status.alarms.joined(separator: ", "))"))
        lines += status.problems.map { style.red("  not known: \($0)") }
        return lines
    }

    private func pending(_ service: RegionStatus.ServiceStatus) -> String {
        service.pending > 0 ? "\(service.pending) starting" : ""
    }

    private func paint(_ isBad: Bool, _ text: String) -> String { isBad ? style.red(text) : text }
    private func number(_ value: Int?) -> String { value.map(String.init) ?? "-" }
    private func number(_ value: Double?) -> String {
        value.map { ($0 * 10).rounded() / 10 }.map { Int(exactly: $0).map(String.init) ?? String($0) } ?? "-"
    }
}

extension TextStyle {
    /// At most `columns` visible characters; escape sequences count nothing and are kept.
    static func cut(_ line: String, to columns: Int) -> String {
        var (shown, count, isEscape) = ("", 0, false)
        for character in line {
            if character == "\u{1B}" { isEscape = true }
            if isEscape {
                shown.append(character)
                if character.isLetter { isEscape = false }
            } else if count < columns {
                shown.append(character)
                count += 1
            }
        }
        return shown
    }
}

extension Session {
    /// Who holds the run lock, for which command and since when; nil: nobody.
    func lockHolder() async throws -> String? {
        let lock = DynamoDBLock(client: client, region: stack.regions[0].name)
        guard let lease = try await lock.read(stack: stack.name).lease, lease.until > Date() else { return nil }
        return "\(lease.owner), `\(lease.operation)` since \(lease.since.formatted(.iso8601))"
    }
}
