public import AWSCore
import Provisioning

/// What a release goes by, deploy and rollback alike.
public struct ReleaseSettings: Sendable {
    /// Names, by region: 5xx, p95, response time.
    public var alarms: [String: [String]]
    /// Alarms that may be in ALARM.
    public var acceptedAlarms: Set<String> = []
    /// How long the alarms must stay quiet after each wave; zero: they are not watched.
    public var bake: Duration
    /// Buys a ticket in a region: nil when all went well, else what failed. Without it a release is never known good.
    public var smoke: (@Sendable (_ region: String) async -> String?)?
    /// Where evidence is written.
    public var evidenceFolder = ".tickctl/blackbox"
    public var pace: Pace
    public var report: @Sendable (ReleaseEvent) -> Void

    public init(
        alarms: [String: [String]], bake: Duration, pace: Pace, report: @escaping @Sendable (ReleaseEvent) -> Void
    ) {
        self.alarms = alarms
        self.bake = bake
        self.pace = pace
        self.report = report
    }
}

/// How a release ended.
public enum ReleaseOutcome: Sendable, Equatable {
    case succeeded
    /// Every service is on the revision before the release. `wave` is the one that failed.
    case undone(wave: Int, reason: String)
    /// Not every service is where it was before: `reason` names those. The record stays, the same command goes on.
    case stuck(wave: Int, reason: String)

    public var verdict: String {
        switch self {
        case .succeeded: "succeeded"
        case .undone: "undone"
        case .stuck: "NOT undone"
        }
    }
}

/// Takes services wave by wave from one revision to another, or all of them back.
///
/// Its states, by the record in the store: none; `forward` (ends in none when the last wave is proven, else goes to
/// `undoing`); `undoing` (ends in none when every service is back). A run that is killed leaves the record, and every
/// state can be entered again: each service is looked at before it is told anything.
public struct Release: Sendable {
    let client: AWSClient
    let store: any ReleaseStore
    let settings: ReleaseSettings

    public init(client: AWSClient, store: any ReleaseStore, settings: ReleaseSettings) {
        self.client = client
        self.store = store
        self.settings = settings
    }

    private struct Failure: Error {
        var wave: Int
        var reason: String
    }

    // MARK: - before

    /// - Throws: `ReleaseRefusal` naming every alarm that forbids to begin.
    public func requireQuietAlarms(_ regions: [String]) async throws {
        let obstacles = watch(settings.pace).obstacles(try await watch(settings.pace).look(regions))
        guard obstacles.isEmpty else {
            let names = Set(obstacles.filter { $0.state != nil }.map(\.name)).sorted()
            throw ReleaseRefusal(
                obstacles.map(\.sentence).joined(separator: "\n") + "\nnothing was changed; "
                    + (names.isEmpty
                        ? "`tickctl up --step 06-autoscaling` makes it"
                        : "look into it first, or accept it with "
                            + names.map { "--accept-alarm \($0)" }.joined(separator: " ")))
        }
    }

    /// - Throws: `ReleaseRefusal` naming every service on which a deployment is under way that is not `record`'s.
    public func requireNoDeployment(_ targets: [ReleaseTarget]) async throws {
        var busy: [String] = []
        for target in targets {
            if let latest = try await rollout(settings.pace).look(target).state.latest, latest.isUnderWay {
                busy.append("\(target): a deployment is \(latest.status)")
            }
        }
        guard busy.isEmpty else {
            throw ReleaseRefusal(
                busy.joined(separator: "\n")
                    + "\nnothing was changed; wait for its end: another one would replace it half done")
        }
    }

    // MARK: - the release

    /// Goes forward; on a failure, or when asked to stop, goes all the way back.
    /// - Throws: only when the record cannot be written; nothing was changed then. A lost run lock: everything stays as
    ///   it is, because another run may be at work.
    public func run(_ record: ReleaseRecord, waves: [Wave]) async throws -> ReleaseOutcome {
        var record = record
        try await store.write(record)
        do {
            try await forward(record, waves)
        } catch {
            if let error = error as? ProvisioningError, error.code == .lockLost { throw error }
            let failure = error as? Failure
            let reason = failure?.reason ?? "\(error)"
            let wave = failure?.wave ?? 1
            var event = ReleaseEvent(.failed, detail: reason)
            (event.release, event.wave) = (record.id, wave)
            settings.report(event)
            record.phase = .undoing
            return try await undo(record, wave: wave, reason: reason)
        }
        try await conclude(record)
        return .succeeded
    }

    /// Takes every service of `record` back to the revision before it.
    public func undo(_ record: ReleaseRecord, wave: Int, reason: String) async throws -> ReleaseOutcome {
        var record = record
        record.phase = .undoing
        // Going back does not wait for the record: where it cannot be written, the run ends what it began all the same.
        try? await store.write(record)
        let evidence = Evidence(client: client, alarms: settings.alarms)
        async let gathered = evidence.gather(record, wave: wave, reason: reason)
        let left = await restore(record)
        let box = await gathered
        do {
            let path = try box.write(into: settings.evidenceFolder)
            settings.report(ReleaseEvent(.blackBox, detail: path))
        } catch {
            settings.report(ReleaseEvent(.note, detail: "the black box cannot be written: \(error)"))
        }
        guard left.isEmpty else { return .stuck(wave: wave, reason: "\(reason); \(left.joined(separator: "; "))") }
        for move in record.moves where move.isChange && !move.isProven {
            do {
                try await Ledger(client: client).mark(
                    move.to, .failed, in: record, region: move.target.region, now: settings.pace.time.date())
            } catch {
                settings.report(ReleaseEvent(.note, move.target, detail: "its verdict cannot be written: \(error)"))
            }
        }
        try await store.clear()
        return .undone(wave: wave, reason: reason)
    }

    private func forward(_ record: ReleaseRecord, _ waves: [Wave]) async throws {
        var reached: [String] = []
        for wave in waves {
            var event = ReleaseEvent(.wave, detail: wave.targets.map(\.description).joined(separator: ", "))
            (event.release, event.wave) = (record.id, wave.number)
            settings.report(event)
            reached += wave.regions.filter { !reached.contains($0) }
            do {
                try await roll(wave, record)
                if let alarm = try await watch(settings.pace).bake(reached, for: settings.bake) {
                    throw Failure(wave: wave.number, reason: alarm.sentence)
                }
                try await smoke(wave)
            } catch let error as Failure {
                throw error
            } catch let error as ProvisioningError where error.code == .lockLost {
                throw error
            } catch {
                throw Failure(wave: wave.number, reason: "\(error)")
            }
        }
    }

    private func roll(_ wave: Wave, _ record: ReleaseRecord) async throws {
        let rollout = rollout(settings.pace)
        let moves = wave.targets.compactMap { record.move(of: $0) }
        // All are told before any is awaited: a call under way is never given up.
        var told: [(move: Move, known: Set<String>?)] = []
        for move in moves {
            try settings.pace.stop?.check()
            told.append((move, try await rollout.start(move.target, wanted: move.to)))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (move, known) in told {
                group.addTask {
                    let verdict = try await rollout.finish(move.target, wanted: move.to, known: known)
                    if case .failed(let why) = verdict {
                        throw Failure(wave: wave.number, reason: "\(move.target): \(why)")
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func smoke(_ wave: Wave) async throws {
        guard let smoke = settings.smoke else { return }
        for region in wave.regions {
            try settings.pace.stop?.check()
            if let failure = await smoke(region) {
                throw Failure(wave: wave.number, reason: "the smoke test failed in \(region): \(failure)")
            }
            var event = ReleaseEvent(.smoked)
            (event.region, event.wave) = (region, wave.number)
            settings.report(event)
        }
        try settings.pace.stop?.check()
    }

    /// Writes the verdicts and closes the record.
    private func conclude(_ record: ReleaseRecord) async throws {
        let ledger = Ledger(client: client)
        let now = settings.pace.time.date()
        for move in record.moves {
            switch record.operation {
            case .deploy where move.isChange || !move.isProven:
                let verdict: LedgerEntry.Verdict = settings.smoke == nil ? .unsmoked : .good
                // What is known good stays so.
                guard verdict == .good || !move.isProven else { continue }
                try await ledger.mark(move.to, verdict, in: record, region: move.target.region, now: now)
            case .rollback where move.isChange:
                try await ledger.mark(move.from, .rolledBack, in: record, region: move.target.region, now: now)
            case .deploy, .rollback:
                continue
            }
        }
        try await store.clear()
    }

    /// - Returns: a sentence for each service that is not back.
    private func restore(_ record: ReleaseRecord) async -> [String] {
        let rollout = rollout(settings.pace.unstoppable)
        let report = settings.report
        return await withTaskGroup(of: String?.self) { group in
            for move in record.moves where move.isChange {
                group.addTask {
                    var event = ReleaseEvent(.undoing, move.target)
                    (event.from, event.to) = (move.to, move.from)
                    report(event)
                    do {
                        switch try await rollout.restore(move.target, wanted: move.from) {
                        case .succeeded:
                            var event = ReleaseEvent(.undone, move.target)
                            event.to = move.from
                            report(event)
                            return nil
                        case .failed(let why):
                            return "\(move.target) is NOT back on \(ReleaseEvent.short(move.from)): \(why)"
                        }
                    } catch {
                        return "\(move.target) is NOT known to be back on \(ReleaseEvent.short(move.from)): \(error)"
                    }
                }
            }
            return await group.reduce(into: []) { $0 += $1.map { [$0] } ?? [] }.sorted()
        }
    }

    private func rollout(_ pace: Pace) -> Rollout { Rollout(client: client, pace: pace, report: settings.report) }

    private func watch(_ pace: Pace) -> AlarmWatch {
        AlarmWatch(
            client: client, alarms: settings.alarms, accepted: settings.acceptedAlarms, pace: pace,
            report: settings.report)
    }
}
