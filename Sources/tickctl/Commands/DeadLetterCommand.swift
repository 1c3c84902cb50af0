import ArgumentParser
import Foundation
import ServiceRoles
import Ticketing

struct DeadLetterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dlq",
        abstract: "The messages that the worker gave up: a bug or a long outage, for people to look at.",
        discussion: """
            The queue is that of SQS_URL, or the embedded one in --data-dir. What is looked at is given back at once. A \
            message is named by 12 hex digits, the same at every look; SQS shows those behind it in its group when it is \
            gone. A redrive is safe at any time: the ledger decides each key once.
            """,
        subcommands: [List.self, Show.self, Explain.self, Redrive.self, Purge.self])

    /// The letter of an id; the others are given back.
    fileprivate static func find(_ id: String, in stores: OperatorStores) async throws -> DeadLetter {
        var found: DeadLetter?
        let summary = try await DeadLetterSweep(stores.stores.deadLetters).sweep(.ids([id])) { letter in
            found = letter
            return false
        }
        guard let found else { throw Unseen(ids: [id], depth: summary.depth) }
        return found
    }

    /// Ids that no message has.
    struct Unseen: Error, CustomStringConvertible {
        var ids: [String]
        var depth: QueueDepth

        var description: String {
            "there is no dead letter \(ids.joined(separator: ", ")) among those that can be seen (\(depth.visible) in the "
                + "queue, \(depth.inFlight) in others' hands); `tickctl dlq list` lists them"
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists them, the oldest first.")
        @OptionGroup var storeOptions: StoreOptions
        @Option(help: "The most to list, 1 to 10000.")
        var max = 100

        func validate() throws {
            guard (1...10_000).contains(max) else { throw ValidationError("--max \(max): it is not within 1 to 10000") }
        }

        func run() async throws {
            try await storeOptions.withStores { stores in
                let (letters, depth) = try await DeadLetterSweep(stores.stores.deadLetters).look(max: max)
                for letter in letters {
                    let subject: String
                    do throws(MessageError) {
                        let message = try letter.message()
                        subject = "\(message.idem)  \(message.order.seatIds.joined(separator: ","))"
                    } catch {
                        subject = "unusable: \(error.reason)"
                    }
                    Terminal.standardOutput(
                        "\(letter.id)  \(letter.received.sentAt.iso8601)  \(letter.received.receipt.groupID)  \(subject)\n"
                    )
                }
                let unseen = depth.visible + depth.inFlight - letters.count
                let rest =
                    unseen > 0
                    ? "; \(unseen) more: beyond --max, behind these in their groups, or in others' hands" : ""
                Terminal.standardError("\(letters.count) listed\(rest)\n")
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Prints one whole, as a line of JSON.")
        @OptionGroup var storeOptions: StoreOptions
        @Argument(help: "The id that `dlq list` shows.")
        var id: String

        func run() async throws {
            try await storeOptions.withStores { stores in
                Terminal.standardOutput(try await DeadLetterCommand.find(id, in: stores).json() + "\n")
            }
        }
    }

    struct Explain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "explain",
            abstract: "Says why it may have died and what a redrive would do. Changes nothing.",
            discussion:
                "Looks its order, intent, payment and seats up. CONFIRM_REQUIRE_PAYMENT counts as for the worker.")
        @OptionGroup var storeOptions: StoreOptions
        @Argument(help: "The id that `dlq list` shows.")
        var id: String

        func run() async throws {
            try await storeOptions.withStores { stores in
                let letter = try await DeadLetterCommand.find(id, in: stores)
                let explanation = try await DeadLetterExplanation.of(
                    letter, in: stores.backends, capture: stores.capture, now: .now())
                let lines = explanation.facts + [explanation.verdict]
                Terminal.standardOutput(lines.map { $0 + "\n" }.joined())
            }
        }
    }

    /// Which letters a change is for.
    struct SelectionOptions: ParsableArguments {
        @Argument(help: "Ids that `dlq list` shows.")
        var ids: [String] = []
        @Flag(help: "All that there are.")
        var all = false

        var selection: DeadLetterSweep.Selection { all ? .all : .ids(Set(ids)) }

        func validate() throws {
            if ids.isEmpty != all { throw ValidationError("give the ids of `tickctl dlq list`, or --all") }
        }
    }

    struct Redrive: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "redrive",
            abstract: "Puts them back on the commit queue. Doing it twice changes nothing.",
            discussion: "A message is put back before it leaves this queue, so it may come twice and is never lost.")
        @OptionGroup var storeOptions: StoreOptions
        @OptionGroup var selectionOptions: SelectionOptions
        @Flag(help: "Only says what would be done, and what would come of it.")
        var dryRun = false
        @Option(help: ArgumentHelp("At most so many a second, 0.1 to 1000.", valueName: "N/s"))
        var rate = RedriveRate(perSecond: 100)

        func run() async throws {
            try await storeOptions.withStores { stores in
                let pause = Duration.seconds(1 / rate.perSecond)
                let sweep = DeadLetterSweep(stores.stores.deadLetters, visibility: .seconds(60) + pause * 20)
                // One that dies again while this runs has had its chance.
                var redriven: Set<String> = []
                let summary = try await sweep.sweep(selectionOptions.selection) { letter in
                    if dryRun {
                        let explanation = try await DeadLetterExplanation.of(
                            letter, in: stores.backends, capture: stores.capture, now: .now())
                        Terminal.standardOutput("\(letter.id)  \(explanation.verdict)\n")
                        return false
                    }
                    guard redriven.insert(letter.received.body).inserted else { return false }
                    try await stores.stores.deadLetters.redrive(letter.received)
                    Terminal.standardOutput("\(letter.id)  redriven\n")
                    try await Task.sleep(for: pause)
                    return true
                }
                if !dryRun { Terminal.standardError("\(summary.handled) redriven; see `tickctl dlq list`\n") }
                guard summary.missing.isEmpty else { throw Unseen(ids: summary.missing, depth: summary.depth) }
            }
        }
    }

    struct Purge: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "purge",
            abstract: "Deletes them for good, after printing each whole as a line of JSON.",
            discussion: "Keep what it prints: nothing else remembers. Asks first; without a terminal it needs --yes.")
        @OptionGroup var storeOptions: StoreOptions
        @OptionGroup var selectionOptions: SelectionOptions
        @Option(help: "Why; it is printed with each.")
        var reason: String
        @Flag(help: "Do not ask.")
        var yes = false

        func validate() throws {
            if reason.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty {
                throw ValidationError("--reason: say why these are deleted")
            }
        }

        func run() async throws {
            let what = selectionOptions.all ? "all dead letters" : selectionOptions.ids.joined(separator: ", ")
            guard yes || (Terminal.isInputTerminal && Terminal.confirm("Delete \(what) for good?")) else {
                throw Refusal(
                    description: Terminal.isInputTerminal
                        ? "not confirmed; nothing was deleted"
                        : "there is nobody to ask; nothing was deleted. Add --yes to delete \(what)")
            }
            try await storeOptions.withStores { stores in
                let (output, queue) = (StandardOutput(), stores.stores.deadLetters)
                let summary = try await DeadLetterSweep(queue).sweep(selectionOptions.selection) { letter in
                    try output.line(letter.json(purgedBecause: reason))
                    try output.flush()
                    try await queue.delete([letter.received.receipt])
                    return true
                }
                Terminal.standardError("\(summary.handled) deleted\n")
                guard summary.missing.isEmpty else { throw Unseen(ids: summary.missing, depth: summary.depth) }
            }
        }
    }
}

/// "20" or "20/s".
struct RedriveRate: ExpressibleByArgument {
    var perSecond: Double

    init(perSecond: Double) { self.perSecond = perSecond }

    init?(argument: String) {
        let number = argument.hasSuffix("/s") ? String(argument.dropLast(2)) : argument
        guard let perSecond = Double(number), (0.1...1_000).contains(perSecond) else { return nil }
        self.perSecond = perSecond
    }

    var defaultValueDescription: String { "100/s" }
}
