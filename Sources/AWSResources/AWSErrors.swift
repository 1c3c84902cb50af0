import AWSCore
public import Provisioning

/// What the executor does about AWS's errors, by the rules of `Dispositions`.
public struct AWSErrors: CloudErrors {
    private let rules: [DispositionRule]

    /// - Parameter rules: the first that matches decides.
    public init(_ rules: [DispositionRule] = DispositionRule.all) { self.rules = rules }

    public func disposition(of error: any Error) -> ErrorDisposition {
        if error is NotYet { return .busy }
        if let unfinished = error as? UnfinishedCreation {
            // It certainly stands: found by its tags, an update finishes it.
            return disposition(of: unfinished.underlying) == .fatal ? .fatal : .alreadyExists
        }
        guard let error = error as? AWSError else { return .fatal }
        switch error.cause {
        case .answerLost: return .answerLost
        case .unreachable, .malformedAnswer, .credentials: return .fatal
        case .service: return rules.first { $0.matches(error) }?.disposition ?? .fatal
        }
    }
}
