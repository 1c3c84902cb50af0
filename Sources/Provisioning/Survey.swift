/// What one look at the cloud found, for the resources looked at.
struct Survey: Sendable {
    /// One found resource; `settings` is its type's `Observed`.
    struct Finding: Sendable {
        var settings: any Sendable
        var identity: String
        var outputs: [String: String]
        var owner: Owner
        var state: ResourceState
        var remarks: [String]

        init<Observed>(_ observation: Observation<Observed>) {
            settings = observation.settings
            identity = observation.identity
            outputs = observation.outputs
            owner = observation.owner
            state = observation.state
            remarks = observation.remarks
        }
    }

    var findings: [NodeID: Finding] = [:]
    /// Outputs of everything found, and of the slices taken from stamps.
    var values: Values
}

extension Resource {
    /// Compares with a finding of this very type.
    func changes(from finding: Survey.Finding, _ values: Values) -> [Change] {
        guard let observed = finding.settings as? Observed else {
            preconditionFailure("\(Self.type) was read as \(Swift.type(of: finding.settings))")
        }
        return changes(from: observed, values)
    }

    func find(_ scope: Scope<Cloud>) async throws -> Survey.Finding? {
        try await read(scope).map { Survey.Finding($0) }
    }

    func make(_ scope: Scope<Cloud>) async throws -> Survey.Finding {
        Survey.Finding(try await create(scope))
    }

    func apply(
        _ changes: [Change], to finding: Survey.Finding, _ scope: Scope<Cloud>
    ) async throws -> Survey.Finding? {
        guard let observed = finding.settings as? Observed else { preconditionFailure("\(Self.type) mismatch") }
        return try await update(observed, changes, scope).map { Survey.Finding($0) }
    }

    func remove(_ finding: Survey.Finding, _ scope: Scope<Cloud>) async throws {
        guard let observed = finding.settings as? Observed else { preconditionFailure("\(Self.type) mismatch") }
        try await delete(observed, scope)
    }
}
