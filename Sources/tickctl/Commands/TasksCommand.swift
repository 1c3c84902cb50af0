import ArgumentParser
import Delivery
import Foundation
import TicketSteps
import Ticketing

struct TasksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tasks",
        abstract:
            "Lists the services' tasks: those that run, and those that ended within about an hour, with the reason.")

    @OptionGroup var stackOptions: StackOptions
    @OptionGroup var serviceOptions: ServiceOptions
    @OptionGroup var regionOptions: RegionOptions
    @Flag(help: "Print as JSON.")
    var json = false

    func run() async throws {
        let stack = try stackOptions.load()
        let regions = try regionOptions.regions(of: stack)
        let console = Console(json: json)
        let session = try await Session.open(stack, console)
        let tasks = try await session.tasks(of: serviceOptions.roles, in: regions)
        if json {
            Terminal.standardOutput(try PrettyJSON.text(tasks) + "\n")
            return
        }
        let titles = ["REGION", "SERVICE", "TASK", "REV", "STATE", "HEALTH", "ZONE", "STARTED", "STOPPED", "REASON"]
        let rows = tasks.map { task in
            [
                task.region, task.service, task.task, "\(task.revision)", task.state, task.health, task.zone ?? "-",
                task.started?.formatted(.iso8601) ?? "-", task.stopped?.formatted(.iso8601) ?? "-",
                ([task.stoppedReason].compactMap(\.self) + task.containerReasons).joined(separator: "; "),
            ]
        }
        for line in Table.lines([titles] + rows) { Terminal.standardOutput(line + "\n") }
    }
}

extension Session {
    /// The tasks of the roles' services in all regions, in this order.
    func tasks(of roles: [Role], in regions: [Stack.Region]) async throws -> [TaskReport] {
        try await withThrowingTaskGroup(of: (Int, [TaskReport]).self) { group in
            var place = 0
            for region in regions {
                let survey = TaskSurvey(client: client, region: region.name, cluster: stack.clusterName)
                for role in roles {
                    let (service, index) = (stack.serviceName(role), place)
                    group.addTask { (index, try await survey.tasks(of: service)) }
                    place += 1
                }
            }
            var found: [Int: [TaskReport]] = [:]
            for try await (index, tasks) in group { found[index] = tasks }
            return (0..<place).flatMap { found[$0] ?? [] }
        }
    }
}

/// Columns as wide as their widest cell.
enum Table {
    static func lines(_ rows: [[String]]) -> [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            var line = zip(row, widths).map { $0.padded(to: $1) }.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
