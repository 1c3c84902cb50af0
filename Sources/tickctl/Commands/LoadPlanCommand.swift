import ArgumentParser
import Foundation
import LoadTest
import StrictYAML
import TicketSteps

/// `tickctl load plan`: what a rate needs, before anybody generates it.
struct LoadPlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Computes what a rate needs in each region, which quota breaks first, and the price per hour.",
        discussion: """
            From figures measured on one core (`make bench`), AWS's quotas and list prices; --figures FILE puts in yours. \
            No call is made. Exit code 2: the stack's sizes do not fit the rate.
            """)

    @OptionGroup var stackOptions: StackOptions
    @Option(help: ArgumentHelp("Requests a second, of all regions together.", valueName: "RATE"))
    var tps: Double
    @Option(help: ArgumentHelp("A YAML file of figures that differ from the defaults.", valueName: "FILE"))
    var figures: String?
    @Flag(help: "Print the plan as JSON.") var json = false

    func validate() throws {
        guard tps.isFinite, (1...1e9).contains(tps) else {
            throw ValidationError("--tps \(tps): it is not within 1 to 1000000000")
        }
    }

    func run() async throws {
        let stack = try stackOptions.load()
        let plan = CapacityPlan(rate: tps, sizes: stack.sizes, figures: try load())
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            encoder.nonConformingFloatEncodingStrategy = .convertToString(
                positiveInfinity: "never", negativeInfinity: "-never", nan: "unknown")
            Terminal.standardOutput(String(decoding: try encoder.encode(plan), as: UTF8.self) + "\n")
        } else {
            Terminal.standardOutput(Self.text(plan))
        }
        if !plan.differences.isEmpty { throw ExitStatus.changes.exit }
    }

    private func load() throws -> CapacityFigures {
        guard let figures else { return CapacityFigures() }
        let problems = ProblemList(source: figures)
        let text = YAMLFile.text(
            of: figures, whenMissing: "name a file, or leave --figures out for the defaults", problems)
        let read = text.map { CapacityFigures(yaml: $0, problems) } ?? CapacityFigures()
        guard problems.problems.isEmpty else { throw ValueProblems(problems: problems.problems) }
        return read
    }

    static func text(_ plan: CapacityPlan) -> String {
        var lines = ["\(number(plan.requestsPerSecond)) requests a second over \(plan.regions.count) region(s)"]
        for region in plan.regions {
            lines += [
                "",
                "\(region.name): \(number(region.requestsPerSecond)) requests, "
                    + "\(number(region.purchasesPerSecond)) purchases a second",
                "  tasks        public \(region.publicTasks), confirm \(region.confirmTasks), worker \(region.workerTasks)",
                "  Redis        \(region.redisShards) shard(s)",
                "  Aurora       \(number(region.auroraACU)) ACU",
                "  DynamoDB     \(number(region.tableWritesPerSecond)) writes, \(number(region.tableReadsPerSecond)) reads a second",
                "  SQS          \(number(region.sqsCallsPerSecond)) calls a second each of send, receive, delete, "
                    + "at \(number(region.messagesPerBatch)) messages a call",
                "  price        \(dollars(region.dollarsPerHour.values.reduce(0, +))) an hour: "
                    + region.dollarsPerHour.sorted { $0.value > $1.value }
                    .map { "\($0.key) \(dollars($0.value))" }.joined(separator: ", "),
                "  quotas       needed of quota, and the total rate that uses it up",
            ]
            for quota in region.quotas {
                let warning = quota.used > 1 ? "  EXCEEDED: ask AWS to raise it" : ""
                lines.append(
                    "    \(quota.name.padded(to: 26)) \(number(quota.needed)) of \(number(quota.quota)), "
                        + "\(number(quota.breaksAtRequestsPerSecond)) requests a second\(warning)")
            }
        }
        lines.append("")
        if let first = plan.breaksFirst {
            lines.append(
                "first to break: \(first.quota.name) in \(first.region), at "
                    + "\(number(first.quota.breaksAtRequestsPerSecond)) requests a second")
        }
        lines.append(
            "together \(dollars(plan.dollarsPerHour)) an hour while the rate lasts, at the prices of the figures")
        if plan.differences.isEmpty {
            lines.append("the stack's sizes fit")
        } else {
            lines.append("the stack's sizes do not fit:")
            lines += plan.differences.map {
                "  \($0.value): \(number($0.stands)), needs \(number($0.needed)): \($0.why)"
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Thousands are set apart: 12,000.
    private static func number(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "any number of" }
        let tenths = (value * 10).rounded()
        let whole = Int(abs(tenths)) / 10, tenth = Int(abs(tenths)) % 10
        var text = ""
        for (index, digit) in String(whole).reversed().enumerated() {
            if index > 0, index.isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return (tenths < 0 ? "-" : "") + String(text.reversed()) + (tenth == 0 || whole >= 100 ? "" : ".\(tenth)")
    }

    private static func dollars(_ value: Double) -> String {
        let cents = Int((min(abs(value), 1e12) * 100).rounded())
        return "$\(cents / 100).\(cents % 100 < 10 ? "0" : "")\(cents % 100)"
    }
}

extension Stack {
    /// The sizes that a capacity plan looks at.
    var sizes: CapacityPlan.Sizes {
        func range(_ service: Service) -> ClosedRange<Int> {
            service.minimumTasks...max(service.minimumTasks, service.maximumTasks)
        }
        // Three private subnets; AWS keeps five addresses of each.
        let addresses = 3 * max(0, (1 << (32 - network.subnetPrefix)) - 5)
        return CapacityPlan.Sizes(
            regions: regions.map(\.name), vcpuPerTask: Double(tasks.cpu) / 1024,
            memoryGBPerTask: Double(tasks.memoryMiB) / 1024, cpuTargetPercent: scaling.cpuTargetPercent,
            requestsPerSecondPerTask: scaling.requestsPerSecondPerTask, publicTasks: range(services.public),
            confirmTasks: range(services.confirm), workerTasks: range(services.worker), redisShards: redis.shards,
            redisReplicasPerShard: redis.replicasPerShard, maximumACU: aurora.maximumACU,
            natGateways: network.nat == .single ? 1 : 3, taskAddresses: addresses)
    }
}
