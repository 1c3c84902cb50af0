public import AWSCore
public import AWSServices
public import Foundation
import OpenSSLCrypto

/// Says what a deploy would change, and registers the revisions for it.
public struct DeployPlanner: Sendable {
    /// One service's part of a deploy.
    public struct Item: Sendable {
        public var target: ReleaseTarget
        /// ARN of what the service has now.
        public var current: String
        public var isProven: Bool
        /// The revision it is to have.
        public var desired: ECS.RegisterTaskDefinition
        public var differences: [RevisionDocument.Difference]

        public var isChange: Bool { !differences.isEmpty }
    }

    let client: AWSClient
    let report: @Sendable (ReleaseEvent) -> Void

    public init(client: AWSClient, report: @escaping @Sendable (ReleaseEvent) -> Void) {
        self.client = client
        self.report = report
    }

    /// Reads what each service has, and compares.
    /// - Parameters:
    ///   - from: ARN of the revision to compare with, where it is not what the service has: a release under way.
    ///   - desired: the revision after the standing one.
    public func plan(
        _ targets: [ReleaseTarget], from: [ReleaseTarget: String] = [:],
        desired: @Sendable (ReleaseTarget, ECS.TaskDefinition) throws -> ECS.RegisterTaskDefinition
    ) async throws -> [Item] {
        var items: [Item] = []
        for target in targets {
            let current: String
            if let known = from[target] { current = known } else { current = try await revision(of: target) }
            let standing = try await client.send(
                ECS.DescribeTaskDefinition(taskDefinition: current), region: target.region)
            let wanted = try desired(target, standing.taskDefinition)
            let entry = LedgerEntry(standing.taskDefinition, tags: standing.tags)
            let differences = try await document(current, target.region).differences(to: RevisionDocument(wanted))
            items.append(
                Item(
                    target: target, current: current, isProven: entry.verdict == .good, desired: wanted,
                    differences: differences))
            var event = ReleaseEvent(
                .planned, target,
                detail: differences.isEmpty ? "no change" : differences.map(\.path).joined(separator: ", "))
            event.from = current
            report(event)
        }
        return items
    }

    /// The revisions to move to: the current one where nothing changed, the latest of the family where that is it already
    /// (a killed run's, a failed release's), else a new one.
    public func register(_ items: [Item], for record: ReleaseRecord) async throws -> [Move] {
        var moves: [Move] = []
        for item in items {
            guard item.isChange else {
                moves.append(Move(item.target, from: item.current, to: item.current, isProven: item.isProven))
                continue
            }
            if let latest = try await latest(item.target, equalTo: item.desired) {
                moves.append(
                    Move(item.target, from: item.current, to: latest.arn, isProven: latest.verdict == .good))
                continue
            }
            var request = item.desired
            let own = Ledger.tags(.pending, record)
            request.tags = request.tags.filter { own[$0.key] == nil } + Ledger.list(own)
            let made: String
            do {
                made = try await client.send(request, region: item.target.region).taskDefinition.taskDefinitionArn
            } catch let error as AWSError where error.isAnswerLost {
                // It may have happened: a second revision of the same content would be noise in the ledger.
                guard let latest = try await latest(item.target, equalTo: item.desired) else { throw error }
                made = latest.arn
            }
            var event = ReleaseEvent(.registered, item.target)
            event.to = made
            report(event)
            moves.append(Move(item.target, from: item.current, to: made, isProven: false))
        }
        return moves
    }

    /// Whether `revision` is what `request` would make.
    public func isSame(_ revision: String, _ request: ECS.RegisterTaskDefinition, region: String) async throws -> Bool {
        try await document(revision, region).differences(to: RevisionDocument(request)).isEmpty
    }

    /// The ARN of the task definition that the target's service has now.
    public func revision(of target: ReleaseTarget) async throws -> String {
        let rollout = Rollout(client: client, pace: Pace(stop: nil), report: report)
        guard let current = try await rollout.describe(target).taskDefinition else {
            throw ReleaseRefusal("\(target): the service names no task definition")
        }
        return current
    }

    private func latest(
        _ target: ReleaseTarget, equalTo request: ECS.RegisterTaskDefinition
    ) async throws -> LedgerEntry? {
        let latest = try await Ledger(client: client).entry(target.family, region: target.region)
        guard latest.isActive else { return nil }
        return try await isSame(latest.arn, request, region: target.region) ? latest : nil
    }

    private func document(_ revision: String, _ region: String) async throws -> RevisionDocument {
        RevisionDocument(
            try await client.send(
                ECS.DescribeTaskDefinitionDocument(taskDefinition: revision, include: []), region: region
            ).taskDefinition)
    }
}

extension ReleaseRecord {
    /// A new one's id: its time and what tells two of a second apart.
    public static func newID(at time: Date) -> String {
        let stamp = time.formatted(.iso8601.dateSeparator(.omitted).timeSeparator(.omitted))
        return "\(stamp)-\(hexadecimal(secureRandomBytes(count: 3)))"
    }
}
