import ArgumentParser
import Foundation
import Provisioning
import TicketSteps

struct StampsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stamps", abstract: "The evidence under .stamps: a cache that can be deleted.",
        subcommands: [List.self, Rebuild.self, Clear.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists the stamps there are. No call is made.")
        @OptionGroup var stackOptions: StackOptions

        func run() async throws {
            let stack = try stackOptions.load()
            let stamps = StampStore(root: ".stamps", stack: stack.name).all()
            for stamp in stamps {
                Terminal.standardOutput(
                    "\(stamp.step)\t\(stamp.region)\t\(stamp.outputs.count) resources\t\(stamp.time.formatted(.iso8601))\n"
                )
            }
            if stamps.isEmpty {
                Terminal.standardError("no stamps; `tickctl up` or `tickctl stamps rebuild` writes them\n")
            }
        }
    }

    struct Rebuild: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rebuild",
            abstract: "Writes the stamps anew from what AWS says. Exit code 2: a step differs and was not stamped.")
        @OptionGroup var stackOptions: StackOptions
        @OptionGroup var selectionOptions: SelectionOptions

        func run() async throws {
            let stack = try stackOptions.load()
            let selection = try selectionOptions.selection(of: stack, refresh: true)
            let session = try await Session.open(stack, Console(json: false))
            let different = try await session.provisioner().rebuildStamps(selection)
            for slice in different {
                Terminal.standardError("\(slice) differs from the stack's values: not stamped; see `tickctl plan`\n")
            }
            if !different.isEmpty { throw ExitStatus.changes.exit }
        }
    }

    struct Clear: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "clear", abstract: "Deletes stamps. The next `up` asks AWS instead.")
        @OptionGroup var stackOptions: StackOptions
        @OptionGroup var selectionOptions: SelectionOptions

        func run() async throws {
            let stack = try stackOptions.load()
            let selection = try selectionOptions.selection(of: stack, refresh: true)
            let store = StampStore(root: ".stamps", stack: stack.name)
            for stamp in store.all() where selection.contains(SliceID(region: stamp.region, step: stamp.step)) {
                try store.remove(SliceID(region: stamp.region, step: stamp.step))
                Terminal.standardError("deleted \(stamp.step) \(stamp.region)\n")
            }
        }
    }
}
