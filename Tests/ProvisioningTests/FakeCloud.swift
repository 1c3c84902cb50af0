import Foundation
import Provisioning
import Synchronization

/// A cloud of named things in memory, with weather: what the executor must cope with, without any API.
final class FakeCloud: Sendable, CloudErrors {
    struct Stored: Sendable, Equatable {
        var identity: String
        var setting: String
        var parent: String
        var tags: [String: String]
        var state = ResourceState.ready
    }

    enum Failure: Error, Equatable {
        case answerLost, exists, propagating, busy, gone, credentials, broken
    }

    struct State: Sendable {
        var things: [String: Stored] = [:]
        var calls: [String] = []
        var next = 1
        /// Failures to throw at the coming calls, by call: "create b".
        var failures: [String: [(failure: Failure, happensAnyway: Bool)]] = [:]
        /// How many reads a new thing stays in state "creating".
        var readsUntilReady: [String: Int] = [:]
        /// How many reads a new thing stays invisible.
        var readsUntilVisible: [String: Int] = [:]
        /// No read is answered before.
        var readsAnswered = ContinuousClock.now
    }

    let state = Mutex(State())

    var writes: [String] { state.withLock { $0.calls.filter { !$0.hasPrefix("read ") } } }
    var reads: Int { state.withLock { $0.calls.filter { $0.hasPrefix("read ") }.count } }
    func forgetCalls() { state.withLock { $0.calls = [] } }
    func fail(_ call: String, _ failure: Failure, happensAnyway: Bool = false) {
        state.withLock { $0.failures[call, default: []].append((failure, happensAnyway)) }
    }

    func disposition(of error: any Error) -> ErrorDisposition {
        switch error as? Failure {
        case .answerLost: .answerLost
        case .exists: .alreadyExists
        case .propagating: .propagating
        case .busy: .busy
        case .gone: .absent
        case .credentials: .endsRun
        case .broken, nil: .fatal
        }
    }

    func advice(on error: any Error) -> String? {
        error as? Failure == .credentials ? "sign in" : nil
    }

    /// Counts the call, journals it as the AWS client does, and lets the planned failures happen.
    func call(_ name: String, journal: Journal?, _ body: (inout State) throws -> Void) async throws {
        let id = name.hasPrefix("read ") ? nil : UUID().uuidString
        if let id { try await journal?.begin(id, call: name, region: "r") }
        let failure: Failure? = try state.withLock { state in
            state.calls.append(name)
            guard var planned = state.failures[name], !planned.isEmpty else {
                try body(&state)
                return nil
            }
            let next = planned.removeFirst()
            state.failures[name] = planned
            if next.happensAnyway { try body(&state) }
            return next.failure
        }
        if let id { try await journal?.end(id, error: failure.map { "\($0)" }) }
        if let failure { throw failure }
    }
}

/// What the resources are given: the cloud and the journal its calls go to.
struct FakeAccount: Sendable {
    var cloud: FakeCloud
    var journal: Journal?
}

struct Thing: Resource {
    var setting: String
    var parent: Input = ""
    var immutable = "fixed"
    var data = false
    /// What its creation logs.
    var logged: [String] = []

    static let type = "fake:thing"
    static let explanation = "A thing of the tests."
    static let waiting = Waiting(
        firstDelay: .milliseconds(10), factor: 1, maximumDelay: .milliseconds(10), deadline: .seconds(60),
        watchesDeletion: true)
    static let identification = Identification.tags
    var holdsData: Bool { data }

    func read(_ scope: Scope<FakeAccount>) async throws -> Observation<FakeCloud.Stored>? {
        let name = scope.node.description
        var found: FakeCloud.Stored?
        try await scope.cloud.cloud.call("read \(name)", journal: nil) { state in
            if let left = state.readsUntilVisible[name], left > 0 {
                state.readsUntilVisible[name] = left - 1
                return
            }
            if let left = state.readsUntilReady[name] {
                state.readsUntilReady[name] = left - 1
                if left <= 1 {
                    state.readsUntilReady[name] = nil
                    state.things[name]?.state = .ready
                }
            }
            found = state.things[name]
        }
        try await Task.sleep(until: scope.cloud.cloud.state.withLock { $0.readsAnswered }, clock: .continuous)
        return found.map { observation($0, scope) }
    }

    func create(_ scope: Scope<FakeAccount>) async throws -> Observation<FakeCloud.Stored> {
        let name = scope.node.description
        let parent = try scope.value(parent)
        var made: FakeCloud.Stored?
        try await scope.cloud.cloud.call("create \(name)", journal: scope.cloud.journal) { state in
            guard state.things[name] == nil else { throw FakeCloud.Failure.exists }
            let slow = state.readsUntilReady[name] != nil
            let stored = FakeCloud.Stored(
                identity: "id-\(state.next)", setting: setting, parent: parent, tags: scope.tags.all,
                state: slow ? .changing("creating") : .ready)
            state.next += 1
            state.things[name] = stored
            made = stored
        }
        guard let made else { throw FakeCloud.Failure.broken }
        var observation = observation(made, scope)
        observation.remarks = logged
        return observation
    }

    func changes(from observed: FakeCloud.Stored, _ values: Values) -> [Change] {
        var list = ChangeList()
        list.compare("setting", observed: observed.setting, desired: setting)
        list.compare("parent", observed: observed.parent, desired: parent, in: values, isImmutable: true)
        return list.changes
    }

    func update(
        _ observed: FakeCloud.Stored, _ changes: [Change], _ scope: Scope<FakeAccount>
    ) async throws -> Observation<FakeCloud.Stored>? {
        let name = scope.node.description
        try await scope.cloud.cloud.call("update \(name)", journal: scope.cloud.journal) { state in
            state.things[name]?.setting = setting
        }
        return nil
    }

    func delete(_ observed: FakeCloud.Stored, _ scope: Scope<FakeAccount>) async throws {
        let name = scope.node.description
        try await scope.cloud.cloud.call("delete \(name)", journal: scope.cloud.journal) { state in
            if state.things.values.contains(where: { $0.parent == observed.identity }) { throw FakeCloud.Failure.busy }
            state.things[name] = nil
        }
    }

    private func observation(
        _ stored: FakeCloud.Stored, _ scope: Scope<FakeAccount>
    ) -> Observation<FakeCloud.Stored> {
        Observation(
            stored, identity: stored.identity, outputs: ["id": stored.identity],
            owner: scope.tags.owner(of: stored.tags),
            state: stored.state)
    }
}

extension Placed<Thing> {
    var identity: Input { output("id") }
}

/// A lock in memory.
actor FakeLeases: LeaseStore {
    var generation = 0
    var lease: Lease?
    var renewals = 0
    private var failsToRelease = false

    func read(stack: String) -> (generation: Int, lease: Lease?) { (generation, lease) }

    func acquire(stack: String, _ lease: Lease, now: Date, taking: String?) -> LeaseOutcome {
        if let held = self.lease, held.until > now, held.nonce != taking { return .held(held) }
        self.lease = lease
        generation += 1
        return .acquired(generation: generation)
    }

    func renew(stack: String, nonce: String, until: Date) -> Bool {
        guard lease?.nonce == nonce else { return false }
        renewals += 1
        lease?.until = until
        return true
    }

    func release(stack: String, nonce: String) throws {
        if failsToRelease { throw FakeCloud.Failure.broken }
        if lease?.nonce == nonce { lease = nil }
    }

    func failToRelease() { failsToRelease = true }

    func hold(_ lease: Lease) { self.lease = lease }
    func raise() { generation += 1 }
}

final class RecordingReporter: Reporter {
    private let recorded = Mutex<[RunEvent]>([])
    var events: [RunEvent] { recorded.withLock { $0 } }
    func report(_ event: RunEvent) { recorded.withLock { $0.append(event) } }
}

/// Sleeps no time at all, and counts it.
final class InstantClock: Clock {
    struct Instant: InstantProtocol {
        var offset: Duration
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private let offset = Mutex(Duration.zero)
    var now: Instant { Instant(offset: offset.withLock { $0 }) }
    var minimumResolution: Duration { .zero }
    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        offset.withLock { $0 = max($0, deadline.offset) }
    }
}

/// One stack on one fake cloud, in a scratch folder.
struct Bench {
    let cloud = FakeCloud()
    let leases = FakeLeases()
    let reporter = RecordingReporter()
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("tickctl-\(UUID().uuidString)").path
    var stamps: StampStore { StampStore(root: root, stack: "s") }

    func remove() { try? FileManager.default.removeItem(atPath: root) }

    func provisioner(
        _ graph: Graph<FakeAccount>, stop: StopSignal = StopSignal(), owner: LockOwner = .current(user: "u", host: "h"),
        clock: any Clock<Duration> = InstantClock()
    ) -> Provisioner<FakeAccount> {
        let journal = Journal(path: stamps.journalPath)
        return Provisioner(
            graph: graph, cloud: FakeAccount(cloud: cloud, journal: journal), errors: cloud, account: "1",
            toolVersion: "t", stamps: stamps, journal: journal, lock: RunLock(store: leases, stack: "s", owner: owner),
            reporter: reporter, stop: stop, callClock: CallClock(), clock: clock)
    }

    /// 00: a; 01: b and c on a; 02: d on b.
    func graph(setting: String = "x", d: Graph<FakeAccount>.Presence = .present) throws -> Graph<FakeAccount> {
        var graph = Graph<FakeAccount>(stack: "s")
        let a = try graph.add("a", in: "r", step: "00-one", Thing(setting: setting))
        let b = try graph.add("b", in: "r", step: "01-two", Thing(setting: "y", parent: a.identity))
        _ = try graph.add("c", in: "r", step: "01-two", Thing(setting: "z", parent: a.identity, data: true))
        _ = try graph.add("d", in: "r", step: "02-three", Thing(setting: "w", parent: b.identity), presence: d)
        return graph
    }
}
