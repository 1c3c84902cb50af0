/// What became of one case.
struct EndToEndResult: Codable, Sendable {
    enum Outcome: String, Codable, Sendable {
        case passed, failed, skipped
    }

    var section: EndToEndCase.Section
    var name: String
    var outcome: Outcome
    /// Of a failure: what should have come, and what came.
    var expected: String?
    var got: String?
    /// Why it was skipped.
    var reason: String?
    var milliseconds: Int

    init(_ section: EndToEndCase.Section, _ name: String, _ error: (any Error)?, milliseconds: Int) {
        self.section = section
        self.name = name
        self.milliseconds = milliseconds
        switch error {
        case nil: outcome = .passed
        case let error as NotShown:
            outcome = .skipped
            reason = error.reason
        case let error as SmokeFailure:
            outcome = .failed
            (expected, got) = (error.expected, error.got)
        case let error?:
            outcome = .failed
            (expected, got) = ("the case to run", "\(error)")
        }
    }

    /// A check of the whole way, which `smoke` makes alone.
    init(_ check: SmokeRun.Check) {
        let error: (any Error)? =
            switch check.result {
            case .passed: nil
            case .failed(let failure): failure
            case .skipped(let reason): NotShown(reason: reason)
            }
        self.init(.wholeWay, check.name, error, milliseconds: check.milliseconds)
    }
}
