import ArgumentParser
import Foundation
import ServiceRoles
import TicketStores
import Ticketing

struct ReconcileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract: "Compares the stores with each other, event by event.",
        discussion: """
            Seats of the hold store against tickets and orders of the ledger, promises against orders, orders against \
            payments. What differs is looked at twice, so that a sale under way is no difference. --repair sends promises \
            that nobody decided to the queue again, settles the pins of decided orders, and marks sold what has a ticket; \
            it never touches money and never frees a pin whose order is undecided. Exit code 2: there are differences, \
            with --repair: some were left alone.
            """)
    @OptionGroup var storeOptions: StoreOptions
    @Option(help: "Only this event.")
    var event: String?
    @Flag(help: "Repairs what is safe, and says what it left alone.")
    var repair = false
    @Flag(help: "Print as JSON.")
    var json = false
    @Option(help: ArgumentHelp("Seconds that a commit may be under way.", valueName: "S"))
    var patience = 120

    func validate() throws {
        guard (1...86_400).contains(patience) else {
            throw ValidationError("--patience \(patience): it is not within 1 to 86400 seconds")
        }
    }

    private struct Report: Encodable {
        struct Line: Encodable {
            var kind: Difference.Kind
            var event: String
            var subject: String
            var detail: String
            var repaired: Bool?
            var outcome: String?
        }

        var differences: [Line] = []
        var sections: [SeatCounts] = []
    }

    func run() async throws {
        let report = try await storeOptions.withStores { stores in try await reconcile(stores) }
        Terminal.standardOutput(json ? try PrettyJSON.text(report) + "\n" : text(report))
        let open = report.differences.filter { $0.repaired != true }
        if !open.isEmpty {
            if !repair { Terminal.standardError("next: `tickctl reconcile --repair` repairs what is safe\n") }
            throw ExitStatus.changes.exit
        }
    }

    private func reconcile(_ stores: OperatorStores) async throws -> Report {
        let ledger = stores.ledger
        let reconciler = Reconciler(
            stores.backends, patience: .seconds(patience),
            readLedger: { facts, eventID in try await ledger.fill(&facts, eventID: eventID) },
            restoreSale: Self.restoring(stores.backends.holds))
        let known = try await stores.backends.ledger.eventIDs()
        if let event, !known.contains(event) {
            throw ValidationError(
                "there is no event \(event); there are: \(known.isEmpty ? "none" : known.joined(separator: ", "))")
        }
        var report = Report()
        for eventID in event.map({ [$0] }) ?? known {
            guard let finding = try await reconciler.find(eventID) else { continue }
            report.sections += finding.counts
            guard repair else {
                report.differences += finding.differences.map {
                    .init(kind: $0.kind, event: $0.event, subject: $0.subject, detail: $0.detail)
                }
                continue
            }
            report.differences += await reconciler.repair(finding).map {
                .init(
                    kind: $0.difference.kind, event: $0.difference.event, subject: $0.difference.subject,
                    detail: $0.difference.detail, repaired: $0.isDone, outcome: $0.words)
            }
        }
        return report
    }

    /// A state that was lost is beyond the port: each store writes it in its own way.
    private static func restoring(_ holds: any HoldStore) -> Reconciler.SaleRestoring {
        { sale, now in
            switch holds {
            case let store as SQLiteHoldStore: try await store.restoreSale(sale, now: now)
            case let store as DynamoDBHoldStore: try await store.restoreSale(sale, now: now)
            default: sale.seats.map(\.seatID)
            }
        }
    }

    private func text(_ report: Report) -> String {
        var text = ""
        for section in report.sections {
            text +=
                "\(section.event)  section \(section.section): \(section.free) free + \(section.held) held + "
                + "\(section.pinned) pinned + \(section.sold) sold = \(section.capacity); \(section.tickets) with tickets\n"
        }
        for line in report.differences {
            text += "\(line.kind.rawValue)  \(line.event)  \(line.subject): \(line.detail)\n"
            if let repaired = line.repaired, let outcome = line.outcome {
                text += "  \(repaired ? "repaired" : "left alone"): \(outcome)\n"
            }
        }
        let count = report.differences.count
        return text + (count == 0 ? "the stores agree\n" : "\(count) difference\(count == 1 ? "" : "s")\n")
    }
}
