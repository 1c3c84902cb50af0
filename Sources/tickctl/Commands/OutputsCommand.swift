import ArgumentParser
import Foundation
import Provisioning
import TicketSteps

struct OutputsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outputs",
        abstract: "Prints what the stack's resources are called, from the stamps. No call is made.")

    @OptionGroup var stackOptions: StackOptions
    @Flag(help: "Print as JSON: region, resource, output.")
    var json = false
    @Flag(help: "Print as shell variables: eval \"$(tickctl outputs --env)\".")
    var env = false

    func validate() throws {
        if json && env { throw ValidationError("--json and --env are two forms of the same: give one") }
    }

    func run() async throws {
        let stack = try stackOptions.load()
        let stamps = StampStore(root: ".stamps", stack: stack.name).all()
        guard !stamps.isEmpty else {
            throw Refusal(
                description: "there are no stamps of stack \(stack.name); run `tickctl up` or `tickctl stamps rebuild`")
        }
        var outputs: [String: [String: [String: String]]] = [:]
        for stamp in stamps { outputs[stamp.region, default: [:]].merge(stamp.outputs) { _, new in new } }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            Terminal.standardOutput(String(decoding: try encoder.encode(outputs), as: UTF8.self) + "\n")
            return
        }
        for (region, resources) in outputs.sorted(by: { $0.key < $1.key }) {
            for (resource, values) in resources.sorted(by: { $0.key < $1.key }) {
                for (name, value) in values.sorted(by: { $0.key < $1.key }) {
                    Terminal.standardOutput(
                        env
                            ? "export \(variable([region, resource, name]))='\(value.replacingOccurrences(of: "'", with: "'\\''"))'\n"
                            : "\(region)\t\(resource).\(name)\t\(value)\n")
                }
            }
        }
    }

    /// "AP_NORTHEAST_1_LOAD_BALANCER_DNS_NAME"
    private func variable(_ parts: [String]) -> String {
        parts.map { part in
            part.reduce(into: "") { text, character in
                if character.isUppercase, let last = text.last, last.isLowercase || last.isNumber { text += "_" }
                text.append(character.isLetter || character.isNumber ? character : "_")
            }.uppercased()
        }.joined(separator: "_")
    }
}
