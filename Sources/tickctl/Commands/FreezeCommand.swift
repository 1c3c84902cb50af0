import ArgumentParser
import Delivery
import Foundation
import Provisioning
import TicketSteps

struct FreezeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "freeze",
        abstract: "Keeps everybody from changing the stack during a sale.",
        discussion: """
            Until then `up`, `down`, `deploy` and `rollback` refuse on every operator's machine and in CI, unless they are \
            given --break-freeze. It is kept beside the run lock in the primary region, ends by itself, and does not stop a \
            run that is under way. What a sale itself needs (room, dlq, orders, reconcile) and `db`, which knows no stack, \
            are not held back.
            """)

    @OptionGroup var stackOptions: StackOptions
    @Option(help: "Its end: 2h, 90m, 3d, or 2026-01-31T12:00:00Z; at most 30 days off.")
    var until: Moment
    @Option(help: "Why; the others are told.")
    var reason: String

    func run() async throws {
        let stack = try stackOptions.load()
        let console = Console(json: false)
        let now = Date()
        let environment = ProcessInfo.processInfo.environment
        // Before anything is asked of AWS.
        let freeze = try Freeze(
            owner: LockOwner.current(environment).name, reason: reason, until: until.date(from: now), now: now)
        let session = try await Session.open(stack, console)
        try await session.proveAccount()
        if let before = try await session.freezes.current(at: now) { console.say("was \(before.summary)") }
        try await session.freezes.begin(freeze)
        Terminal.standardOutput("stack \(stack.name) is \(freeze.summary)\n")
        if let holder = try await session.lockHolder() {
            console.say("note: \(holder) is running; that run goes on")
        }
    }
}

struct UnfreezeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unfreeze", abstract: "Ends a freeze before its time. Doing it twice changes nothing.")

    @OptionGroup var stackOptions: StackOptions

    func run() async throws {
        let stack = try stackOptions.load()
        let session = try await Session.open(stack, Console(json: false))
        try await session.proveAccount()
        // One that cannot be read is ended all the same.
        let before = try? await session.freezes.current(at: Date())
        try await session.freezes.end()
        Terminal.standardOutput(
            before.map { "stack \(stack.name) is free again; it was \($0.summary)\n" }
                ?? "stack \(stack.name) was not frozen\n")
    }
}
