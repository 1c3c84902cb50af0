public import AWSCore
import AWSServices
import Foundation

/// The revisions of a family in one region, with what their tags say.
public struct Ledger: Sendable {
    /// Revisions that are looked at, the latest first: one describe each.
    public static let depth = 40

    let client: AWSClient

    public init(client: AWSClient) { self.client = client }

    /// The latest active revisions, the latest first.
    public func entries(of target: ReleaseTarget, limit: Int = depth) async throws -> [LedgerEntry] {
        let arns = try await client.all(
            ECS.ListTaskDefinitions(familyPrefix: target.family, status: "ACTIVE"), region: target.region
        ) { $0.taskDefinitionArns }
        // Another family may begin with this one's name.
        let latest = arns.filter { $0.contains(":task-definition/\(target.family):") }
            .sorted { LedgerEntry.revision(of: $0) > LedgerEntry.revision(of: $1) }.prefix(limit)
        return try await withThrowingTaskGroup(of: LedgerEntry.self) { group in
            for arn in latest { group.addTask { try await entry(arn, region: target.region) } }
            return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.revision > $1.revision }
        }
    }

    /// `revision`: "ticket-public:7" or an ARN, active or not.
    /// - Throws: `AWSError`, also when there is none.
    public func entry(_ revision: String, region: String) async throws -> LedgerEntry {
        let answer = try await client.send(ECS.DescribeTaskDefinition(taskDefinition: revision), region: region)
        return LedgerEntry(answer.taskDefinition, tags: answer.tags)
    }

    /// Writes on `arn` how its release stands.
    func mark(_ arn: String, _ verdict: LedgerEntry.Verdict, in record: ReleaseRecord, region: String, now: Date)
        async throws
    {
        var tags = Self.tags(verdict, record)
        if verdict == .good || verdict == .unsmoked { tags[LedgerEntry.Key.baked] = now.formatted(.iso8601) }
        if verdict == .good { tags[LedgerEntry.Key.smoked] = now.formatted(.iso8601) }
        if verdict == .rolledBack {
            // It keeps who made it and when.
            tags = [LedgerEntry.Key.verdict: verdict.rawValue]
        }
        _ = try await client.send(ECS.TagResource(resourceArn: arn, tags: Self.list(tags)), region: region)
    }

    static func tags(_ verdict: LedgerEntry.Verdict, _ record: ReleaseRecord) -> [String: String] {
        var tags = [
            LedgerEntry.Key.release: record.id, LedgerEntry.Key.verdict: verdict.rawValue,
            LedgerEntry.Key.by: LedgerEntry.value(record.by),
            LedgerEntry.Key.released: record.since.formatted(.iso8601),
        ]
        if let commit = record.commit { tags[LedgerEntry.Key.commit] = LedgerEntry.value(commit) }
        return tags
    }

    static func list(_ tags: [String: String]) -> [ECS.Tag] {
        tags.sorted { $0.key < $1.key }.map { ECS.Tag(key: $0.key, value: $0.value) }
    }
}

/// Where a rollback goes.
public enum RollbackChoice: Sendable, Equatable {
    case to(LedgerEntry)
    /// The latest release was undone or rolled back already, and what runs is the last good one.
    case isThere(LedgerEntry, undone: LedgerEntry)
    case none

    /// - Parameters:
    ///   - entries: of one family in one region.
    ///   - current: ARN of what runs.
    public static func lastGood(_ entries: [LedgerEntry], current: String) -> RollbackChoice {
        func moment(_ entry: LedgerEntry) -> Date {
            entry.smokedAt ?? entry.bakedAt ?? entry.releasedAt ?? .distantPast
        }
        let good = entries.filter { $0.verdict == .good && $0.arn != current && $0.isActive }
            .sorted { (moment($0), $0.revision) > (moment($1), $1.revision) }
        guard let running = entries.first(where: { $0.arn == current }), running.verdict == .good else {
            return good.first.map { .to($0) } ?? .none
        }
        let begun = running.releasedAt ?? .distantPast
        let undone = entries.first { entry in
            (entry.verdict == .failed || entry.verdict == .rolledBack) && (entry.releasedAt ?? .distantPast) > begun
        }
        if let undone { return .isThere(running, undone: undone) }
        return good.first { moment($0) <= moment(running) }.map { .to($0) } ?? .none
    }

    /// The revision of another region that is the same as `entry`: of the same release, else with the same image.
    public static func counterpart(of entry: LedgerEntry, in entries: [LedgerEntry]) -> LedgerEntry? {
        let usable = entries.filter(\.isActive)
        if let release = entry.release, let same = usable.first(where: { $0.release == release }) { return same }
        guard let digest = entry.digest else { return nil }
        return usable.first { $0.digest == digest && $0.verdict == entry.verdict }
            ?? usable.first { $0.digest == digest }
    }
}
