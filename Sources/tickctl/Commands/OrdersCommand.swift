import ArgumentParser
import Foundation
import ServiceRoles
import Ticketing

struct OrdersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "orders", abstract: "What became of a purchase.", subcommands: [Show.self])

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Prints everything the stores know under an Idempotency-Key: order, tickets, payment, seats.",
            discussion: "Exit code 1: nothing is known under the key.")
        @OptionGroup var storeOptions: StoreOptions
        @Argument(help: "The Idempotency-Key of the commit, or of the payment intent.")
        var idem: String
        @Flag(help: "Print as JSON.")
        var json = false

        func run() async throws {
            let key: String
            do {
                key = try IdempotencyKey(header: idem).text
            } catch {
                throw ValidationError("'\(idem.prefix(64))' is no Idempotency-Key: \(error)")
            }
            let report = try await storeOptions.withStores { stores in
                try await OrderReport.find(key, in: stores.backends, now: .now())
            }
            guard let report else {
                Terminal.standardError(
                    "error: nothing is known under \(key); check the key, and the stores: --data-dir or the environment\n"
                )
                throw ExitStatus.failure.exit
            }
            let text = json ? try PrettyJSON.text(report) : report.lines.joined(separator: "\n")
            Terminal.standardOutput(text + "\n")
        }
    }
}
