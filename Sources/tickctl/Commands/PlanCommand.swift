import ArgumentParser
import Foundation
import Provisioning

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Shows what `up` would do, asking AWS. Exit code 0: nothing, 2: changes, 3: something is in the way.")

    @OptionGroup var stackOptions: StackOptions
    @OptionGroup var selectionOptions: SelectionOptions
    @Option(help: "Write the plan to FILE, for `tickctl up --plan FILE`.")
    var out: String?
    @Flag(help: "AWS is always asked; accepted so that scripts may say so.")
    var refresh = false
    @Flag(help: "Print the plan as JSON.")
    var json = false

    func run() async throws {
        let stack = try stackOptions.load()
        let selection = try selectionOptions.selection(of: stack, refresh: true)
        let console = Console(json: json)
        let session = try await Session.open(stack, console)
        let plan = try await session.provisioner().plan(selection)
        if let out { try SavedPlan.write(plan, to: out) }
        if json {
            Terminal.standardOutput(try SavedPlan.text(plan))
        } else {
            Terminal.standardOutput(PlanRenderer(style: console.outputStyle).render(plan) + "\n")
        }
        if !plan.refusals.isEmpty { throw ExitStatus.refused.exit }
        if !plan.isEmpty { throw ExitStatus.changes.exit }
    }
}

/// Plans in files.
enum SavedPlan {
    static func text(_ plan: Plan) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(plan), as: UTF8.self) + "\n"
    }

    static func write(_ plan: Plan, to path: String) throws {
        do {
            try Data(text(plan).utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw Refusal(description: "the plan cannot be written to \(path): \(error.localizedDescription)")
        }
    }

    static func read(_ path: String) throws -> Plan {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ValidationError("the plan \(path) cannot be read; `tickctl plan --out \(path)` writes one")
        }
        guard let plan = try? JSONDecoder().decode(Plan.self, from: data), plan.format == Plan.currentFormat else {
            throw ValidationError("\(path) is no plan of this version; `tickctl plan --out \(path)` writes one")
        }
        return plan
    }
}
