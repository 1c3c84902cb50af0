import ArgumentParser
@preconcurrency import Dispatch
import Foundation
import Provisioning

/// What a command says while it works: a live tree on a terminal, plain lines in a pipe, JSON lines when asked.
struct Console: Sendable {
    let reporter: any Reporter
    let outputStyle: TextStyle
    let errorStyle: TextStyle
    private let tree: TreeReporter?
    private let isJSON: Bool

    init(json: Bool, environment: [String: String] = ProcessInfo.processInfo.environment) {
        outputStyle = Terminal.style(STDOUT_FILENO, environment)
        errorStyle = Terminal.style(STDERR_FILENO, environment)
        isJSON = json
        if json {
            tree = nil
            reporter = JSONReporter { Terminal.standardOutput($0 + "\n") }
        } else if Terminal.isErrorTerminal && environment["TERM"] != "dumb" {
            let tree = TreeReporter(style: errorStyle, write: Terminal.standardError, size: { Terminal.size })
            self.tree = tree
            reporter = tree
        } else {
            tree = nil
            reporter = PlainReporter(style: errorStyle) { Terminal.standardError($0 + "\n") }
        }
    }

    /// A sentence beside the data.
    func say(_ text: String) {
        if isJSON { reporter.report(.note(text)) } else { Terminal.standardError(text + "\n") }
    }

    /// Shows the plan and asks, unless agreed before; without a terminal to ask on, it is no.
    func confirm(_ plan: Plan, isAgreed: Bool) -> Bool {
        let renderer = PlanRenderer(style: errorStyle)
        if !isAgreed && !isJSON { Terminal.standardError(renderer.render(plan) + "\n") }
        if isAgreed && !isJSON { Terminal.standardError(renderer.summary(plan) + "\n") }
        tree?.begin(plan)
        if isAgreed { return true }
        guard Terminal.isInputTerminal else { return false }
        return Terminal.confirm("Do this to stack \(plan.stack) in account \(plan.account)?")
    }

    /// Runs `body` while the tree is drawn and Ctrl-C is listened to.
    func follow<Result: Sendable>(
        _ session: Session, _ body: @Sendable @escaping () async throws -> Result
    ) async throws -> Result {
        let interrupts = Interrupts(stop: session.stop) { say($0) }
        defer { interrupts.end() }
        guard let tree else { return try await body() }
        let drawing = Task {
            while !Task.isCancelled {
                try await Task.sleep(for: .milliseconds(120))
                tree.tick()
            }
        }
        defer { drawing.cancel() }
        return try await body()
    }

    /// The last words of a run, and its exit code.
    func conclude<Cloud>(_ summary: Provisioner<Cloud>.Summary, stop: StopSignal) throws {
        if summary.isDeclined {
            throw Refusal(
                description: Terminal.isInputTerminal
                    ? "not confirmed; nothing was changed"
                    : "there are changes and nobody to ask; nothing was changed. Add --yes, or run the plan of "
                        + "`tickctl plan --out FILE` with --plan FILE")
        }
        if !summary.accepted.isEmpty {
            say("\(summary.accepted.count) accepted but not ready yet: run `tickctl up` again, or `tickctl status`")
        }
        try stop.check()
        guard let first = summary.failures.first else { return }
        // Each failure was reported when it happened; the exit code is that of the first.
        say("run the same command again when the cause is gone: it goes on from here")
        throw ExitStatus.of(first.error).exit
    }
}

/// Ctrl-C and SIGTERM: the first asks the run to end in order, the second ends the process.
final class Interrupts: Sendable {
    private let sources: [any DispatchSourceSignal]

    /// - Parameter notice: what is said at the first.
    init(
        stop: StopSignal,
        notice: String = "ending: the calls under way are still answered; once more to quit at once",
        say: @escaping @Sendable (String) -> Void
    ) {
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                if stop.isStopped { _exit(ExitStatus.interrupted.rawValue) }
                // First stopped, then said: whoever reads it knows that nothing new begins.
                stop.stop(
                    ProvisioningError(
                        .interrupted, "interrupted: nothing new was begun",
                        next: "run the same command again: it goes on from here"))
                say(notice)
            }
            source.resume()
            return source
        }
    }

    func end() { sources.forEach { $0.cancel() } }
}
