public import Foundation

/// Who holds, or asks for, the lock of a stack.
public struct LockOwner: Sendable, Hashable, Codable, CustomStringConvertible {
    public var user: String
    public var host: String
    public var processID: Int32
    /// Identifies the boot and the process namespace, so that a process id means something: two owners with the same
    /// `machine` can look each other's process up.
    public var machine: String
    /// Clock ticks since boot when the process started: a reused process id has another.
    public var processStart: String

    public init(user: String, host: String, processID: Int32, machine: String, processStart: String) {
        self.user = user
        self.host = host
        self.processID = processID
        self.machine = machine
        self.processStart = processStart
    }

    /// This process.
    public static func current(user: String, host: String) -> LockOwner {
        let boot = (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)) ?? "unknown"
        let namespace = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")) ?? ""
        let processID = ProcessInfo.processInfo.processIdentifier
        return LockOwner(
            user: user, host: host, processID: processID,
            machine: "\(boot.trimmingCharacters(in: .whitespacesAndNewlines)) \(namespace)",
            processStart: start(of: processID) ?? "unknown")
    }

    /// True when this owner certainly runs no more: it ran on this very machine and its process is gone.
    public func isCertainlyDead(seenFrom other: LockOwner) -> Bool {
        machine == other.machine && Self.start(of: processID) != processStart
    }

    /// Field 22 of /proc/PID/stat (proc(5)); nil when there is no such process or it is a zombie.
    private static func start(of processID: Int32) -> String? {
        guard let stat = try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8),
            let end = stat.lastIndex(of: ")")
        else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
        return String(fields[19])
    }

    public var description: String { "\(user)@\(host) (process \(processID))" }
}

/// A lock as it stands in its store.
public struct Lease: Sendable, Hashable, Codable {
    public var owner: LockOwner
    /// "up", "down".
    public var operation: String
    /// Random, one a run: renewing and releasing name it.
    public var nonce: String
    public var since: Date
    /// Without a renewal the lock may be taken after this moment.
    public var until: Date

    public init(owner: LockOwner, operation: String, nonce: String, since: Date, until: Date) {
        self.owner = owner
        self.operation = operation
        self.nonce = nonce
        self.since = since
        self.until = until
    }
}

/// Where locks live: one item a stack, with a counter that every acquiring raises.
public protocol LeaseStore: Sendable {
    /// The counter and the lease held now, if any; (0, nil) when the stack was never locked.
    func read(stack: String) async throws -> (generation: Int, lease: Lease?)

    /// Writes `lease` if nobody holds the lock, or the holder's lease ended before `now`, or the holder's nonce is
    /// `taking` (a holder known to be dead).
    func acquire(stack: String, _ lease: Lease, now: Date, taking: String?) async throws -> LeaseOutcome

    /// Moves the end of the lease with that nonce; false when somebody else holds the lock.
    func renew(stack: String, nonce: String, until: Date) async throws -> Bool

    /// Lets the lock go; the counter stays. Harmless when it is not held by `nonce`.
    func release(stack: String, nonce: String) async throws
}

/// The answer to who asks for the lock.
public enum LeaseOutcome: Sendable {
    case acquired(generation: Int)
    case held(Lease)
}

/// The run lock of a stack: held by one run at a time, kept alive by a heartbeat, taken from a dead owner.
public actor RunLock {
    /// Long enough to outlast two lost heartbeats.
    public static let leaseSeconds: TimeInterval = 30
    static let heartbeat: Duration = .seconds(8)

    private let store: any LeaseStore
    private let stack: String
    private let owner: LockOwner
    private var held: Lease?
    private var beat: Task<Void, Never>?

    public init(store: any LeaseStore, stack: String, owner: LockOwner) {
        self.store = store
        self.stack = stack
        self.owner = owner
    }

    /// Who holds the lock now, and how often it was taken so far. A cheap read.
    public func state() async throws -> (generation: Int, lease: Lease?) {
        try await store.read(stack: stack)
    }

    /// How often the lock was taken so far; nil while another run is at work: what is read meanwhile is not yet what
    /// that run will leave.
    public func idleGeneration() async throws -> Int? {
        let (generation, lease) = try await store.read(stack: stack)
        guard let lease, lease.until > Date(), !lease.owner.isCertainlyDead(seenFrom: owner) else { return generation }
        return nil
    }

    /// Takes the lock.
    /// - Parameters:
    ///   - seen: `idleGeneration` before this run read anything.
    ///   - onLoss: called once if the lock is lost to somebody else or cannot be renewed before it ends.
    /// - Returns: true when nobody held the lock then or since, so that what was read still holds.
    /// - Throws: `ProvisioningError.locked` with who, what and since when.
    public func acquire(
        for operation: String, seen: Int?, onLoss: @escaping @Sendable (String) -> Void
    ) async throws -> Bool {
        let now = Date()
        let lease = Lease(
            owner: owner, operation: operation, nonce: UUID().uuidString, since: now,
            until: now.addingTimeInterval(Self.leaseSeconds))
        var outcome = try await store.acquire(stack: stack, lease, now: now, taking: nil)
        if case .held(let other) = outcome, other.owner.isCertainlyDead(seenFrom: owner) {
            outcome = try await store.acquire(stack: stack, lease, now: now, taking: other.nonce)
        }
        switch outcome {
        case .held(let other):
            let seconds = Int(max(0, now.timeIntervalSince(other.since)))
            throw ProvisioningError(
                .locked,
                "stack \(stack) is locked by \(other.owner), running `\(other.operation)` since "
                    + "\(other.since.formatted(.iso8601)) (\(seconds) s)",
                next: "wait for it to end; if it is dead, its lock can be taken after "
                    + other.until.formatted(.iso8601))
        case .acquired(let generation):
            held = lease
            beat = Task { [weak self] in await self?.keepAlive(onLoss) }
            return seen.map { $0 + 1 } == generation
        }
    }

    /// Ends the heartbeat, and with it the lock's calls; the lease lasts long enough to finish the records.
    public func stopRenewing() async {
        beat?.cancel()
        await beat?.value
        beat = nil
    }

    /// Lets the lock go unless it was taken by another run.
    public func release() async throws {
        await stopRenewing()
        guard let lease = held else { return }
        held = nil
        try await store.release(stack: stack, nonce: lease.nonce)
    }

    private func keepAlive(_ onLoss: @Sendable (String) -> Void) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.heartbeat)
            guard !Task.isCancelled, var lease = held else { return }
            let until = Date().addingTimeInterval(Self.leaseSeconds)
            do {
                guard try await store.renew(stack: stack, nonce: lease.nonce, until: until) else {
                    onLoss("another run took the lock of stack \(stack)")
                    return
                }
                lease.until = until
                if held?.nonce == lease.nonce { held = lease }
            } catch {
                if !Task.isCancelled, Date() > lease.until {
                    onLoss("the lock of stack \(stack) could not be renewed before its lease ended: \(error)")
                    return
                }
            }
        }
    }
}
