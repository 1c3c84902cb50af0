import Foundation

/// Brings a stack to what its graph says, or takes it away: plans, locks, runs, stamps.
public struct Provisioner<Cloud: Sendable>: Sendable {
    public let graph: Graph<Cloud>
    public let cloud: Cloud
    public let account: String
    public let toolVersion: String
    public let stamps: StampStore
    public let journal: Journal
    public let lock: RunLock
    public let reporter: any Reporter
    public let stop: StopSignal
    public let callClock: CallClock
    private let errors: any CloudErrors
    /// Awaited before anything is asked of the cloud: checks of the account and its credentials.
    private let beforeFirstCall: @Sendable () async throws -> Void
    private let clock: any Clock<Duration>

    public init(
        graph: Graph<Cloud>, cloud: Cloud, errors: any CloudErrors, account: String, toolVersion: String,
        stamps: StampStore, journal: Journal, lock: RunLock, reporter: any Reporter, stop: StopSignal,
        callClock: CallClock, beforeFirstCall: @escaping @Sendable () async throws -> Void = {},
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.graph = graph
        self.cloud = cloud
        self.errors = errors
        self.account = account
        self.toolVersion = toolVersion
        self.stamps = stamps
        self.journal = journal
        self.lock = lock
        self.reporter = reporter
        self.stop = stop
        self.callClock = callClock
        self.beforeFirstCall = beforeFirstCall
        self.clock = clock
    }

    /// Which way `apply` goes; the lock's holder shows it.
    public enum Operation: String, Sendable { case up, down }

    /// What `apply` is asked to do.
    public struct Request: Sendable {
        public var selection: Selection
        public var operation: Operation
        public var waits: Bool
        /// Run this plan or refuse.
        public var savedPlan: Plan?
        /// Asked before the first change; false ends the run.
        public var confirm: @Sendable (Plan) async -> Bool

        public init(
            _ selection: Selection, operation: Operation = .up, waits: Bool = true, savedPlan: Plan? = nil,
            confirm: @escaping @Sendable (Plan) async -> Bool = { _ in true }
        ) {
            self.selection = selection
            self.operation = operation
            self.waits = waits
            self.savedPlan = savedPlan
            self.confirm = confirm
        }
    }

    /// What came of a run.
    public struct Summary: Sendable {
        public var plan: Plan
        public var failures: [(node: NodeID, error: any Error)] = []
        public var blocked: [NodeID] = []
        /// Resources accepted but not awaited.
        public var accepted: [NodeID] = []
        public var seconds = 0.0
        /// The longest chain of API answer times along the edges.
        public var criticalPathSeconds = 0.0
        public var isDeclined = false
    }

    /// Differences found by `drift`.
    public struct Drift: Sendable {
        /// Changed in the account, by somebody else.
        public var outside: [PlanEntry] = []
        /// Changed in the stack's values, or never made: `up` will bring them.
        public var pending: [PlanEntry] = []
    }

    /// What would be done. Reads only.
    public func plan(_ selection: Selection) async throws -> Plan {
        try await look(selection).plan
    }

    /// Does it. Without anything to change, nothing is locked and nothing is called but reads.
    ///
    /// - Throws: `ProvisioningError` before anything was changed; what fails later is in the summary.
    public func apply(_ request: Request) async throws -> Summary {
        let started = ContinuousClock.now
        let sight = try await look(request.selection)
        try check(sight.plan, request)
        // The journal and the stamps are records of who holds the lock, too: another run may be at work on them.
        if sight.isSettled, !sight.leavesIntents,
            try request.operation == .down || stampsToWrite(sight).isEmpty
        {
            return finish(Summary(plan: sight.plan, criticalPathSeconds: sight.pathSeconds), started)
        }
        guard await isAgreed(sight, request) else { return Summary(plan: sight.plan, isDeclined: true) }
        let isUndisturbed = try await acquire(for: request.operation, seen: sight.generation)
        do {
            var current = sight
            if !isUndisturbed {
                // Somebody ran while or since this run looked: what was planned may be wrong now.
                reporter.report(.note("another run ended meanwhile: looking again"))
                current = try await look(request.selection)
                try check(current.plan, request)
                if current.plan.changes != sight.plan.changes, await !isAgreed(current, request) {
                    await letGo()
                    return Summary(plan: current.plan, isDeclined: true)
                }
            }
            let summary = try await execute(current, request, started)
            await lock.stopRenewing()
            // What a run made that did not come to its end is looked for by the next one, which may begin at once.
            try await journal.close(remembers: !summary.failures.isEmpty || !summary.blocked.isEmpty)
            await letGo()
            return finish(summary, started)
        } catch {
            await letGo()
            throw error
        }
    }

    private func isAgreed(_ sight: Sight, _ request: Request) async -> Bool {
        if sight.isSettled { return true }
        return await request.confirm(sight.plan)
    }

    private func acquire(for operation: Operation, seen: Int?) async throws -> Bool {
        try stop.check()
        let stop = stop
        do {
            return try await lock.acquire(for: operation.rawValue, seen: seen) { reason in
                stop.stop(
                    ProvisioningError(
                        .lockLost, reason, next: "run the same command again once the other run has ended"))
            }
        } catch {
            throw errors.explained(error, "the lock of stack \(graph.stack) cannot be taken")
        }
    }

    /// A lock that cannot be let go does not undo what was done: it ends by itself.
    private func letGo() async {
        do {
            try await lock.release()
        } catch {
            reporter.report(
                .note("the lock could not be let go and ends by itself in \(Int(RunLock.leaseSeconds)) s: \(error)"))
        }
    }

    /// Writes the stamps of every selected slice that stands as desired, from what the cloud says alone.
    /// - Returns: the slices not stamped because something differs.
    public func rebuildStamps(_ selection: Selection) async throws -> [SliceID] {
        var selection = selection
        selection.refresh = true
        let sight = try await look(selection)
        guard let generation = sight.generation, try await lock.idleGeneration() == generation else {
            throw ProvisioningError(
                .locked, "another run of stack \(graph.stack) is under way; no stamp was written",
                next: "run the same command again once it has ended: `tickctl status` shows who holds the lock")
        }
        for (slice, stamp) in try stampsToWrite(sight) { try write(stamp, slice) }
        return unsettled(sight)
    }

    /// What differs from how the stack was last applied, told apart by who changed it. Reads only.
    public func drift(_ selection: Selection) async throws -> Drift {
        var selection = selection
        selection.refresh = true
        let sight = try await look(selection)
        var drift = Drift()
        for entry in sight.plan.entries where entry.action.isChange || entry.action == .refuse {
            let slice = SliceID(region: entry.node.region, step: entry.step)
            let members = graph.nodes.filter { $0.slice == slice }
            let stamp = stamps.read(slice)
            let isAsApplied = try stamp.map {
                let digest = try Stamp.inputsDigest(of: members, slice: slice, values: sight.survey.values)
                // What it refers to may be gone itself: then the settings of this slice did not change.
                return digest == nil || digest == $0.inputs
            }
            if isAsApplied ?? (sight.survey.findings[entry.node] != nil) {
                drift.outside.append(entry)
            } else {
                drift.pending.append(entry)
            }
        }
        return drift
    }

    // MARK: looking

    private struct Sight: Sendable {
        var scheme: Scheme
        var nodes: [Graph<Cloud>.Node]
        var survey: Survey
        var plan: Plan
        /// The lock's counter before anything was read; nil when another run was at work.
        var generation: Int?
        var pathSeconds: Double
        /// Resources looked at had calls that an earlier run saw no answer of.
        var leavesIntents: Bool

        /// Everything stands as desired.
        var isSettled: Bool { plan.changes.isEmpty && !plan.entries.contains { $0.action == .wait } }
    }

    private func look(_ selection: Selection) async throws -> Sight {
        let intents = try await journal.unanswered()
        let unsettled = Set(intents.compactMap(\.node))
        let scheme = try Scheme(graph, selection, stamps: stamps, unsettled: unsettled)
        let nodes = graph.nodes.filter { scheme.active.contains($0.slice) || scheme.readOnly.contains($0.slice) }
        guard !nodes.isEmpty else {
            return Sight(
                scheme: scheme, nodes: [], survey: Survey(values: scheme.values), plan: plan([]), generation: 0,
                pathSeconds: 0, leavesIntents: false)
        }
        // Lists lag a few seconds behind creates. How long a call was under way before it happened, nobody knows: it
        // may have been throttled, so a recent intent is waited for from now on.
        var patience: [NodeID: ContinuousClock.Instant] = [:]
        for intent in intents + (await journal.succeeded(inTheLast: Self.longestCallSeconds)) {
            guard let id = intent.node, let node = graph[id],
                Swift.type(of: node.resource).identification == .tags,
                Date().timeIntervalSince(intent.at) < Self.longestCallSeconds
            else { continue }
            patience[id] = .now.advanced(by: Patience.visibility)
        }
        let generation: Int?
        let survey: Survey
        do {
            try await beforeFirstCall()
            generation = try await lock.idleGeneration()
            let surveyor = Surveyor(cloud: cloud, errors: errors, stop: stop, unsettled: patience)
            survey = try await surveyor.survey(nodes, values: scheme.values)
        } catch  where errors.advice(on: error) != nil {
            throw errors.explained(error, "the account cannot be looked at")
        }
        await journal.settle(nodes.map(\.id))
        let entries = Planning.entries(for: nodes, survey: survey) { scheme.active.contains($0.slice) }
        var seconds: [NodeID: Double] = [:]
        for node in nodes { seconds[node.id] = callClock.take(node.id) }
        return Sight(
            scheme: scheme, nodes: nodes, survey: survey, plan: plan(entries), generation: generation,
            pathSeconds: criticalPath(seconds, nodes), leavesIntents: nodes.contains { unsettled.contains($0.id) })
    }

    /// More than a call can take from its intent to its last attempt.
    static var longestCallSeconds: Double { 900 }

    private func plan(_ entries: [PlanEntry]) -> Plan {
        Plan(stack: graph.stack, account: account, toolVersion: toolVersion, entries: entries)
    }

    private func check(_ plan: Plan, _ request: Request) throws {
        if let refusal = plan.refusals.first {
            let more =
                plan.refusals.count > 1 ? " (and \(plan.refusals.count - 1) more; `tickctl plan` lists them)" : ""
            let isForeign = plan.refusals.contains { $0.changes.isEmpty }
            throw ProvisioningError(
                isForeign ? .foreign : .immutable,
                "\(refusal.node): \(refusal.reason ?? "refused")\(more); nothing was changed",
                next: "`tickctl plan` shows everything that stands in the way")
        }
        if let saved = request.savedPlan, saved.changes != plan.changes || saved.account != plan.account {
            throw ProvisioningError(
                .stalePlan,
                "the saved plan has \(saved.changes.count) changes, but now \(plan.changes.count) others "
                    + "would be made; nothing was changed",
                next: "make a new one with `tickctl plan --out FILE`")
        }
    }

    // MARK: doing

    private func execute(_ sight: Sight, _ request: Request, _ started: ContinuousClock.Instant) async throws
        -> Summary
    {
        var summary = Summary(plan: sight.plan)
        guard !sight.isSettled else {
            if request.operation == .up { for (slice, stamp) in try stampsToWrite(sight) { try write(stamp, slice) } }
            summary.criticalPathSeconds = sight.pathSeconds
            return summary
        }
        var planned = RunEvent(.planned)
        planned.counts = Dictionary(grouping: sight.plan.entries, by: \.action.rawValue).mapValues(\.count)
        reporter.report(planned)
        // A stamp is evidence of what stands: it goes before its slice is touched.
        let touched = Set(sight.plan.changes.map { SliceID(region: $0.node.region, step: $0.step) })
        do {
            for slice in touched { try stamps.remove(slice) }
        } catch {
            summary.failures.append((sight.plan.changes[0].node, error))
            return summary
        }
        let executor = Executor(
            graph: graph, cloud: cloud, errors: errors, journal: journal, reporter: reporter, stop: stop, clock: clock,
            callClock: callClock, waits: request.waits)
        let stamper = Stamper(
            provisioner: self, slices: request.operation == .up ? sight.scheme.active : [], sight: sight)
        let result = await executor.run(sight.plan.entries, from: sight.survey) { node, survey in
            await stamper.done(node, survey)
        }
        for entry in sight.plan.entries {
            switch result.outcomes[entry.node] {
            case .failed(let error): summary.failures.append((entry.node, error))
            case .notBegun: summary.blocked.append(entry.node)
            case .accepted: summary.accepted.append(entry.node)
            case .done, nil: break
            }
        }
        if let error = await stamper.error { summary.failures.append((sight.plan.changes[0].node, error)) }
        summary.criticalPathSeconds = sight.pathSeconds + criticalPath(result.seconds, sight.nodes)
        return summary
    }

    private func finish(_ summary: Summary, _ started: ContinuousClock.Instant) -> Summary {
        var summary = summary
        let (whole, fraction) = started.duration(to: .now).components
        summary.seconds = Double(whole) + Double(fraction) / 1e18
        var event = RunEvent(.ended)
        event.seconds = summary.seconds
        summary.criticalPathSeconds += callClock.outsideSeconds
        event.criticalPathSeconds = summary.criticalPathSeconds
        let counts = callClock.counts
        event.counts = [
            "reads": counts.reads, "writes": counts.writes, "failed": summary.failures.count,
            "blocked": summary.blocked.count, "changed": summary.plan.changes.count,
        ]
        reporter.report(event)
        return summary
    }

    /// The longest sum of `seconds` along the edges between `nodes`.
    private func criticalPath(_ seconds: [NodeID: Double], _ nodes: [Graph<Cloud>.Node]) -> Double {
        var ends: [NodeID: Double] = [:]
        for node in nodes {
            let before = node.dependencies.compactMap { ends[$0] }.max() ?? 0
            ends[node.id] = before + (seconds[node.id] ?? 0)
        }
        return ends.values.max() ?? 0
    }

    // MARK: stamps

    /// The active slices in which something is to be done.
    private func unsettled(_ sight: Sight) -> [SliceID] {
        let slices = sight.plan.entries.filter { $0.action != .none }.map {
            SliceID(region: $0.node.region, step: $0.step)
        }
        return sight.scheme.active.intersection(slices).sorted()
    }

    /// The active slices that stand as desired without a stamp that says so, each with its stamp; nil where the slice
    /// has nothing left to stand.
    private func stampsToWrite(_ sight: Sight) throws -> [(SliceID, Stamp?)] {
        try sight.scheme.active.subtracting(unsettled(sight)).sorted().compactMap { slice in
            let new = try stamp(slice, sight.survey)
            var old = stamps.read(slice)
            if let new { old?.time = new.time }
            return new == old ? nil : (slice, new)
        }
    }

    /// What is to be written about `slice`; nil when nothing of it is to stand, or not all it refers to is known.
    private func stamp(_ slice: SliceID, _ survey: Survey) throws -> Stamp? {
        let nodes = graph.nodes.filter { $0.slice == slice }
        guard nodes.contains(where: { $0.presence == .present }),
            let inputs = try Stamp.inputsDigest(of: nodes, slice: slice, values: survey.values)
        else { return nil }
        var outputs: [String: [String: String]] = [:]
        var identities: [NodeID: String] = [:]
        for node in nodes where node.presence == .present {
            outputs[node.id.name] = survey.values[node.id]
            identities[node.id] = survey.findings[node.id]?.identity
        }
        return Stamp(
            stack: graph.stack, region: slice.region, step: slice.step, account: account, inputs: inputs,
            observed: try Stamp.observedDigest(of: nodes, values: survey.values, identities: identities),
            outputs: outputs, toolVersion: toolVersion, time: Date())
    }

    fileprivate func write(_ slice: SliceID, _ survey: Survey) throws { try write(try stamp(slice, survey), slice) }

    private func write(_ stamp: Stamp?, _ slice: SliceID) throws {
        guard let stamp else { return try stamps.remove(slice) }
        try stamps.write(stamp)
        var event = RunEvent(.stamped)
        event.region = slice.region
        event.step = slice.step
        reporter.report(event)
    }

    /// Writes each slice's stamp at the moment its last resource is done.
    private actor Stamper {
        let provisioner: Provisioner
        let active: Set<SliceID>
        var left: [SliceID: Int] = [:]
        var error: (any Error)?

        init(provisioner: Provisioner, slices: Set<SliceID>, sight: Sight) {
            self.provisioner = provisioner
            active = slices
            for entry in sight.plan.entries {
                left[SliceID(region: entry.node.region, step: entry.step), default: 0] += 1
            }
        }

        func done(_ node: NodeID, _ survey: Survey) {
            guard let slice = provisioner.graph[node]?.slice else { return }
            left[slice, default: 0] -= 1
            guard left[slice] == 0, active.contains(slice) else { return }
            do { try provisioner.write(slice, survey) } catch { self.error = error }
        }
    }
}
