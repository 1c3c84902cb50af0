import Foundation

/// The functional suite: a whole purchase, then every case of the contract, one after the other.
struct EndToEndRun {
    let visit: Visit
    let report: (EndToEndResult) -> Void
    private(set) var results: [EndToEndResult] = []

    init(_ visit: Visit, report: @escaping (EndToEndResult) -> Void) {
        self.visit = visit
        self.report = report
    }

    var hasFailed: Bool { results.contains { $0.outcome == .failed } }

    mutating func run(_ cases: [EndToEndCase]) async {
        var checks: [SmokeRun.Check] = []
        var purchase = SmokeRun(
            visit.client, eventID: visit.eventID, webhookSecret: visit.webhookSecret, patience: visit.patience
        ) { checks.append($0) }
        await purchase.run()
        for check in checks { note(EndToEndResult(check)) }
        // Where nobody answers, a hundred more questions take long and say nothing.
        let isThere = checks.contains { if case .passed = $0.result { true } else { false } }
        for one in cases {
            guard isThere else {
                let reason = NotShown(reason: "the platform answers nothing")
                note(EndToEndResult(one.section, one.name, reason, milliseconds: 0))
                continue
            }
            note(await show(one))
        }
    }

    private func show(_ one: EndToEndCase) async -> EndToEndResult {
        let start = ContinuousClock.now
        var failure: (any Error)?
        do { try await one.show(visit) } catch { failure = error }
        await visit.giveBack()
        return EndToEndResult(
            one.section, one.name, failure, milliseconds: Int((.now - start) / .milliseconds(1)))
    }

    private mutating func note(_ result: EndToEndResult) {
        results.append(result)
        report(result)
    }
}
