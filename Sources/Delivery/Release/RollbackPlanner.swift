public import AWSCore
import AWSServices

/// Chooses where a rollback goes, and makes sure before anything is touched that it can.
public struct RollbackPlanner: Sendable {
    /// Where to go back to.
    public enum Destination: Sendable, Equatable {
        case lastGood
        /// A revision's number in `region`.
        case revision(Int, region: String)
    }

    let client: AWSClient
    let report: @Sendable (ReleaseEvent) -> Void

    public init(client: AWSClient, report: @escaping @Sendable (ReleaseEvent) -> Void) {
        self.client = client
        self.report = report
    }

    /// - Parameters:
    ///   - targets: each service in all its regions.
    ///   - primary: the region whose ledger chooses; the others follow by release or image.
    /// - Throws: `ReleaseRefusal`, with every reason.
    public func plan(_ targets: [ReleaseTarget], to destination: Destination, primary: String) async throws -> [Move] {
        var (moves, refusals): ([Move], [String]) = ([], [])
        let services = targets.reduce(into: [String]()) { if !$0.contains($1.service) { $0.append($1.service) } }
        for service in services {
            let own = targets.filter { $0.service == service }
            do {
                moves += try await plan(service: own, to: destination, primary: primary)
            } catch let refusal as ReleaseRefusal {
                refusals.append(refusal.description)
            }
        }
        let proof = RevisionProof(client: client)
        for move in moves where move.isChange {
            refusals += try await proof.missing(for: move.to, region: move.target.region).map {
                "\(move.target): \(ReleaseEvent.short(move.to)) cannot run: \($0)"
            }
        }
        guard refusals.isEmpty else {
            throw ReleaseRefusal(
                refusals.joined(separator: "\n")
                    + "\nnothing was changed; `tickctl releases` lists the revisions, --revision N names one")
        }
        return moves
    }

    private func plan(
        service targets: [ReleaseTarget], to destination: Destination, primary: String
    ) async throws -> [Move] {
        let ledger = Ledger(client: client)
        let planner = DeployPlanner(client: client, report: report)
        let choosing: String =
            if case .revision(_, let region) = destination { region } else {
                targets.contains { $0.region == primary } ? primary : targets[0].region
            }
        let ordered = targets.filter { $0.region == choosing } + targets.filter { $0.region != choosing }
        var (chosen, moves): (LedgerEntry?, [Move]) = (nil, [])
        for target in ordered {
            let current = try await planner.revision(of: target)
            let entries = try await ledger.entries(of: target)
            let entry: LedgerEntry
            if let chosen {
                guard let same = RollbackChoice.counterpart(of: chosen, in: entries) else {
                    throw ReleaseRefusal(
                        "\(target): no revision is the same as \(ReleaseEvent.short(chosen.arn)) of \(choosing) "
                            + "(release \(chosen.release ?? "unknown"), image \(chosen.digest ?? "without digest"))")
                }
                if same.revision != chosen.revision {
                    report(
                        ReleaseEvent(
                            .note, target,
                            detail: "\(ReleaseEvent.short(same.arn)) here is \(ReleaseEvent.short(chosen.arn)) of "
                                + "\(choosing): "
                                + (same.release != nil && same.release == chosen.release
                                    ? "both are of release \(chosen.release ?? "")" : "both run \(chosen.digest ?? "")")
                        ))
                }
                entry = same
            } else {
                entry = try choose(destination, entries, current: current, target)
            }
            chosen = chosen ?? entry
            moves.append(Move(target, from: current, to: entry.arn, isProven: entry.verdict == .good))
            var event = ReleaseEvent(.planned, target)
            (event.from, event.to) = (current, entry.arn)
            report(event)
        }
        return moves
    }

    private func choose(
        _ destination: Destination, _ entries: [LedgerEntry], current: String, _ target: ReleaseTarget
    ) throws -> LedgerEntry {
        switch destination {
        case .revision(let number, _):
            guard let entry = entries.first(where: { $0.revision == number }) else {
                throw ReleaseRefusal(
                    "\(target): \(target.family):\(number) is not among its latest \(Ledger.depth) active revisions")
            }
            return entry
        case .lastGood:
            switch RollbackChoice.lastGood(entries, current: current) {
            case .to(let entry):
                return entry
            case .isThere(let entry, let undone):
                report(
                    ReleaseEvent(
                        .note, target,
                        detail: "\(ReleaseEvent.short(entry.arn)) runs and is the last good one: "
                            + "\(ReleaseEvent.short(undone.arn)) was \(undone.verdict?.rawValue ?? "undone") already; "
                            + "to go further back, name it with --revision"))
                return entry
            case .none:
                throw ReleaseRefusal("\(target): no other revision is known good (deployed, baked and smoked)")
            }
        }
    }
}
