import Foundation
import Testing

@testable import Delivery

struct LedgerTests {
    private func entry(
        _ revision: Int, _ verdict: LedgerEntry.Verdict?, day: Int? = nil, digest: String? = nil,
        release: String? = nil,
        isActive: Bool = true
    ) -> LedgerEntry {
        let moment = Date(timeIntervalSince1970: Double(day ?? revision) * 86_400)
        return LedgerEntry(
            arn: "arn:aws:ecs:r:1:task-definition/public:\(revision)", isActive: isActive,
            images: ["public": "registry/public@\(digest ?? "sha256:\(revision)")"], release: release, verdict: verdict,
            releasedAt: verdict == nil ? nil : moment, bakedAt: verdict == .good ? moment : nil,
            smokedAt: verdict == .good ? moment : nil)
    }

    private func choose(_ entries: [LedgerEntry], current: Int) -> Int? {
        let arn = "arn:aws:ecs:r:1:task-definition/public:\(current)"
        switch RollbackChoice.lastGood(entries.sorted { $0.revision > $1.revision }, current: arn) {
        case .to(let entry): return entry.revision
        case .isThere(let entry, _): return entry.revision
        case .none: return nil
        }
    }

    @Test("a rollback goes to the last known good revision, never simply to the number before")
    func choices() {
        #expect(choose([entry(1, .good), entry(2, nil), entry(3, nil)], current: 3) == 1)
        #expect(choose([entry(1, .good), entry(2, .failed), entry(3, .pending)], current: 3) == 1)
        #expect(choose([entry(1, .good), entry(2, .good), entry(3, .unsmoked)], current: 3) == 2)
        #expect(choose([entry(1, .good), entry(2, .good)], current: 2) == 1)
        // The last one that was proven, whatever its number.
        #expect(choose([entry(1, .good, day: 9), entry(2, .good, day: 5), entry(3, .pending)], current: 3) == 1)
        #expect(choose([entry(1, nil), entry(2, .failed), entry(3, nil)], current: 3) == nil)
        #expect(choose([entry(1, .good, isActive: false), entry(2, nil)], current: 2) == nil)
        #expect(choose([entry(1, .good)], current: 1) == nil)
        // What runs is not among the entries: too old, or somebody's.
        #expect(choose([entry(1, .good), entry(2, .good)], current: 77) == 2)
    }

    @Test("after a release was undone or rolled back, what runs is the last good one: it goes no further")
    func isThere() {
        #expect(choose([entry(1, .good), entry(2, .good), entry(3, .failed)], current: 2) == 2)
        #expect(choose([entry(1, .good), entry(2, .good), entry(3, .rolledBack)], current: 2) == 2)
        // A failure before the one that runs says nothing.
        #expect(choose([entry(1, .good), entry(2, .failed), entry(3, .good)], current: 3) == 1)
    }

    @Test("another region's revision is found by release, then by image")
    func counterparts() {
        let chosen = entry(7, .good, digest: "sha256:b", release: "r9")
        let other = [
            entry(12, .failed, digest: "sha256:c", release: "r10"), entry(11, .good, digest: "sha256:b", release: "r9"),
            entry(10, .good, digest: "sha256:b", release: "r8"),
        ]
        #expect(RollbackChoice.counterpart(of: chosen, in: other)?.revision == 11)
        #expect(RollbackChoice.counterpart(of: entry(7, .good, digest: "sha256:b"), in: other)?.revision == 11)
        #expect(RollbackChoice.counterpart(of: entry(7, .good, digest: "sha256:x"), in: other) == nil)
    }

    @Test("a tag's value is what ECS takes of a text")
    func values() {
        #expect(LedgerEntry.value("kim@build (process 7)") == "kim@build _process 7_")
        #expect(LedgerEntry.value("\u{e9}\n<x>") == "___x_")
        #expect(LedgerEntry.value(String(repeating: "a", count: 300)).count == 256)
    }

    @Test("the primary region goes last, and a canary is one service of the first")
    func waves() {
        let targets = ["one", "two", "three"].flatMap { region in
            ["public", "worker"].map { ReleaseTarget(region: region, cluster: "c", service: $0, family: $0) }
        }
        let rolling = ReleaseStrategy.rolling.waves(of: targets, primary: "one")
        #expect(rolling.map(\.regions) == [["two"], ["three"], ["one"]])
        #expect(rolling.map(\.number) == [1, 2, 3])
        let canary = ReleaseStrategy.canary.waves(of: targets, primary: "one")
        #expect(canary.map { $0.targets.map(\.description) }.prefix(2) == [["two/public"], ["two/worker"]])
        #expect(canary.map(\.targets.count) == [1, 1, 2, 2])
        #expect(ReleaseStrategy.canary.waves(of: [targets[0]], primary: "one").count == 1)
    }
}
