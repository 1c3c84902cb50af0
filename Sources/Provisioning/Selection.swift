/// Which slices a run is about.
public struct Selection: Sendable {
    /// nil: all.
    public var steps: Set<StepID>?
    /// Regions, and `NodeID.global`; nil: all.
    public var regions: Set<String>?
    /// Runs the steps that are needed and were never made, too.
    public var withDependencies: Bool
    /// Asks the cloud about everything, whatever the stamps say.
    public var refresh: Bool

    public init(
        steps: Set<StepID>? = nil, regions: Set<String>? = nil, withDependencies: Bool = false, refresh: Bool = false
    ) {
        self.steps = steps
        self.regions = regions
        self.withDependencies = withDependencies
        self.refresh = refresh
    }

    /// True when `slice` is of a chosen step and region.
    public func contains(_ slice: SliceID) -> Bool {
        (steps?.contains(slice.step) ?? true) && (regions?.contains(slice.region) ?? true)
    }
}

extension Selection {
    /// Checks without any call that what the chosen steps need was made before.
    /// - Throws: `ProvisioningError.missingDependency` naming the steps to run.
    public func requireDependencies<Cloud>(in graph: Graph<Cloud>, stamps: StampStore) throws {
        _ = try Scheme(graph, self, stamps: stamps, unsettled: [])
    }
}

/// A selection worked out against the stamps.
struct Scheme: Sendable {
    /// Slices whose resources are read and may be changed.
    var active: Set<SliceID> = []
    /// Slices whose resources are only read, because active ones need their outputs.
    var readOnly: Set<SliceID> = []
    /// Selected slices whose stamp says that nothing is to be done.
    var fresh: Set<SliceID> = []
    /// Outputs taken from stamps.
    var values = Values()

    /// - Parameter unsettled: resources with calls that may have happened unseen: their slices' stamps do not count.
    /// - Throws: `ProvisioningError.missingDependency` naming the steps to run.
    init<Cloud>(
        _ graph: Graph<Cloud>, _ selection: Selection, stamps: StampStore, unsettled: Set<NodeID>
    ) throws {
        let nodes = Dictionary(grouping: graph.nodes, by: \.slice)
        var stamped: [SliceID: Stamp] = [:]
        for slice in nodes.keys { stamped[slice] = stamps.read(slice) }

        func take(_ stamp: Stamp, _ slice: SliceID) {
            for (name, outputs) in stamp.outputs { values[NodeID(region: slice.region, name: name)] = outputs }
        }
        for slice in nodes.keys.sorted() {
            guard selection.contains(slice) else {
                if let stamp = stamped[slice], !selection.refresh { take(stamp, slice) }
                continue
            }
            let members = nodes[slice] ?? []
            if !selection.refresh, let stamp = stamped[slice], !members.contains(where: { unsettled.contains($0.id) }),
                try Stamp.inputsDigest(of: members, slice: slice, values: values) == stamp.inputs
            {
                fresh.insert(slice)
                take(stamp, slice)
            } else {
                active.insert(slice)
            }
        }

        let needed = graph.closure(of: graph.nodes.filter { active.contains($0.slice) }.map(\.id))
        let outside = Set(needed.compactMap { graph[$0]?.slice }).subtracting(active).subtracting(fresh)
        if selection.refresh {
            readOnly = outside
        } else {
            let missing = outside.filter { stamped[$0] == nil }
            if selection.withDependencies {
                active.formUnion(missing)
            } else if !missing.isEmpty {
                let steps = Set(missing.map(\.step)).sorted()
                let wanted = Set(active.map(\.step)).sorted().map(\.name).joined(separator: ", ")
                let names = missing.sorted().map(\.description).joined(separator: ", ")
                throw ProvisioningError(
                    .missingDependency,
                    "\(wanted) needs \(steps.map(\.name).joined(separator: ", ")), of which there is no stamp (\(names)); "
                        + "no call was made",
                    next: "run `tickctl up" + steps.map { " --step \($0)" }.joined()
                        + "` first, or add --with-dependencies; if they stand already, `tickctl stamps rebuild` finds them"
                )
            }
        }
    }
}
