import ArgumentParser
import Foundation
import TicketSteps

struct StackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stack", abstract: "The stack's values.", subcommands: [Show.self, Check.self])

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Prints every value in force as YAML: defaults, file, environment.")
        @OptionGroup var stackOptions: StackOptions

        func run() async throws { Terminal.standardOutput(try stackOptions.load().yaml()) }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Checks the values without any call. Exit code 64: something is wrong, with file and line.")
        @OptionGroup var stackOptions: StackOptions

        func run() async throws {
            let stack = try stackOptions.load()
            let regions = stack.regions.map { "\($0.name) \($0.vpcCIDR)" }.joined(separator: ", ")
            Terminal.standardOutput("stack \(stack.name) is sound: \(regions)\nAWS bills by the hour, used or not:\n")
            for line in stack.hourlyQuantities {
                let quantity = line.quantity == line.quantity.rounded() ? "\(Int(line.quantity))" : "\(line.quantity)"
                Terminal.standardOutput("  \(quantity.padded(to: 5)) \(line.unit)  \(line.pricing)\n")
            }
        }
    }
}
