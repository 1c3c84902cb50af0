import ArgumentParser
import Delivery
import Foundation
import TicketSteps
import Ticketing

struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Prints the services' logs of all regions as one, in order of time.",
        discussion: """
            Each line: time, region, service, the task's id, the message. With --follow it goes on until Ctrl-C, and each \
            look prints what is new; CloudWatch shows an event some seconds after its time.
            """)

    @OptionGroup var stackOptions: StackOptions
    @OptionGroup var serviceOptions: ServiceOptions
    @OptionGroup var regionOptions: RegionOptions
    @Option(help: "How far back: 30s, 10m, 2h, 3d.")
    var since = Span(seconds: 600)
    @Flag(help: "Go on printing what comes.")
    var follow = false
    @Flag(help: "The last task of each service and region that ended, whole, and why it ended.")
    var previous = false
    @Flag(help: "Print JSON lines: time, region, service, task, message.")
    var json = false

    private struct Line: Encodable {
        var time: String
        var region: String
        var service: String
        var task: String
        var message: String
    }

    func validate() throws {
        if follow && previous {
            throw ValidationError("--follow and --previous: what has ended says no more; give one")
        }
    }

    func run() async throws {
        let stack = try stackOptions.load()
        let regions = try regionOptions.regions(of: stack)
        let console = Console(json: false)
        let session = try await Session.open(stack, console)
        let output = StandardOutput()
        let now = Date()
        let from = Int((now.timeIntervalSince1970 - Double(since.seconds)) * 1000)
        if previous {
            try await printPrevious(session, regions, output)
            return
        }
        let sources = regions.flatMap { region in
            serviceOptions.roles.map { role in
                LogSource(region: region.name, service: role.rawValue, group: stack.logGroupName(role))
            }
        }
        let merge = LogMerge(client: session.client, sources: sources)
        guard follow else {
            try await merge.read(from: from) { try print($0, output) }
            try output.flush()
            return
        }
        var following = LogFollow(merge)
        try await following.run(from: from) { line in
            try print(line, output)
            // Somebody is watching.
            try output.flush()
        }
    }

    /// The streams of the tasks that ended last, each whole.
    private func printPrevious(_ session: Session, _ regions: [Stack.Region], _ output: StandardOutput) async throws {
        var found = 0
        for region in regions {
            for role in serviceOptions.roles {
                let tasks = try await session.tasks(of: [role], in: [region])
                guard let last = tasks.first(where: { $0.stopped != nil }) else { continue }
                found += 1
                let reasons = ([last.stoppedReason].compactMap(\.self) + last.containerReasons).joined(separator: "; ")
                Terminal.standardError(
                    "\(last.region) \(role.rawValue) task \(last.task) (revision \(last.revision)) ended "
                        + "\(last.stopped?.formatted(.iso8601) ?? ""): \(reasons.isEmpty ? "no reason told" : reasons)\n"
                )
                let source = LogSource(
                    region: region.name, service: role.rawValue, group: session.stack.logGroupName(role),
                    streams: ["ecs/\(role.rawValue)/\(last.task)"])
                try await LogMerge(client: session.client, sources: [source]).read(from: 0) { try print($0, output) }
                try output.flush()
            }
        }
        if found == 0 {
            Terminal.standardError(
                "no task has ended within the last hour or so; `tickctl tasks` lists those there are\n")
        }
    }

    private func print(_ line: LogLine, _ output: StandardOutput) throws {
        let time = line.date.formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true))
        let message = line.message.last == "\n" ? String(line.message.dropLast()) : line.message
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let value = Line(
                time: time, region: line.source.region, service: line.source.service, task: line.task, message: message)
            try output.line(String(decoding: try encoder.encode(value), as: UTF8.self))
        } else {
            let task = line.task.prefix(8)
            try output.line(
                "\(time) \(line.source.region) \(line.source.service.padded(to: 7)) \(task) \(printable(message))")
        }
    }

    /// What a task logs must not move the reader's cursor: control characters are shown as escapes, but for tabs and the
    /// line ends of one event.
    private func printable(_ text: String) -> String {
        var shown = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\t", "\n": shown.unicodeScalars.append(scalar)
            case _ where scalar.properties.generalCategory == .control:
                shown += "\\u{" + String(scalar.value, radix: 16) + "}"
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }
}
