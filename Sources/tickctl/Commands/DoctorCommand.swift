import AWSCore
import AWSServices
import ArgumentParser
import Delivery
import Foundation
import Provisioning
import TicketSteps

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Checks what a run needs: values, credentials, account, clock, endpoints, image, files, lock.",
        discussion: "Changes nothing. Exit code 1: something would stop a run.")

    @OptionGroup var stackOptions: StackOptions

    func run() async throws {
        let console = Console(json: false)
        let style = console.outputStyle
        var failures = 0
        func check(_ name: String, _ body: () async throws -> String) async {
            do {
                let found = try await body()
                Terminal.standardOutput("\(style.green("ok  ")) \(name.padded(to: 12)) \(found)\n")
            } catch {
                failures += 1
                Terminal.standardOutput("\(style.red("fail")) \(name.padded(to: 12)) \(error)\n")
            }
        }

        var values: Stack?
        await check("values") {
            let stack = try stackOptions.load()
            values = stack
            return "stack \(stack.name), " + stack.regions.map { "\($0.name) \($0.vpcCIDR)" }.joined(separator: ", ")
        }
        await check("files") {
            try FileManager.default.createDirectory(atPath: ".stamps", withIntermediateDirectories: true)
            let probe = ".stamps/.probe-\(ProcessInfo.processInfo.processIdentifier)"
            try Data("x".utf8).write(to: URL(fileURLWithPath: probe))
            try FileManager.default.removeItem(atPath: probe)
            guard let stack = values else { return ".stamps is writable" }
            let store = StampStore(root: ".stamps", stack: stack.name)
            let open = try await Journal(path: store.journalPath).unanswered().count
            return "\(store.all().count) stamps"
                + (open > 0 ? ", \(open) calls of a killed run to look up: run `tickctl up`" : "")
        }
        await check("image") {
            let image = try await OCIImage.build(
                StackImage.recipe(ProcessInfo.processInfo.environment), into: StackImage.layout)
            return "\(image.digest) (\(image.platform?.architecture ?? "?"), \(image.compressedSize / 1_000_000) MB)"
        }
        if let stack = values {
            await checkAccount(stack, console, check)
        }
        if failures > 0 { throw ExitStatus.failure.exit }
    }

    private func checkAccount(
        _ stack: Stack, _ console: Console, _ check: (String, () async throws -> String) async -> Void
    ) async {
        var opened: Session?
        await check("credentials") {
            let session = try await Session.open(stack, console)
            opened = session
            guard let credentials = try await session.client.credentials() else { return "none: requests go unsigned" }
            let until = credentials.expiration.map { ", until \($0.formatted(.iso8601))" } ?? ""
            return "from \(credentials.source)\(until)"
        }
        guard let session = opened else { return }
        for region in stack.regions {
            await check(region.name) {
                let started = ContinuousClock.now
                let identity = try await session.client.send(STS.GetCallerIdentity(), region: region.name)
                if let wanted = stack.account, wanted != identity.account {
                    throw WrongAccount(found: identity.account, wanted: wanted)
                }
                let time = started.duration(to: .now)
                let milliseconds = time.components.seconds * 1000 + time.components.attoseconds / 1_000_000_000_000_000
                return "account \(identity.account) as \(identity.arn), answered in \(milliseconds) ms"
            }
        }
        await check("lock") {
            guard let lease = try await session.provisioner().lock.state().lease, lease.until > Date() else {
                return "nobody is running"
            }
            return "held by \(lease.owner), `\(lease.operation)` since \(lease.since.formatted(.iso8601))"
        }
    }
}
