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
            let cause = disposition(of: unfinished.underlying)
            return cause == .fatal || cause == .endsRun ? cause : .alreadyExists
        }
        guard let error = error as? AWSError else { return .fatal }
        switch error.cause {
        case .answerLost: return .answerLost
        case .credentials: return .endsRun
        case .unreachable, .malformedAnswer: return .fatal
        case .service: return rules.first { $0.matches(error) }?.disposition ?? .fatal
        }
    }

    public func advice(on error: any Error) -> String? {
        if let unfinished = error as? UnfinishedCreation { return advice(on: unfinished.underlying) }
        guard let error = error as? AWSError else { return nil }
        switch error.cause {
        case .credentials:
            return "renew the credentials, then run the same command again: it goes on from here"
        case .unreachable:
            return "look at the network and at AWS_ENDPOINT_URL, then run the same command again"
        case .service where Self.denials.contains(error.code):
            return "`tickctl iam policy` prints the policy that a run needs; with it, run the same command again"
        case .answerLost, .malformedAnswer, .service:
            return nil
        }
    }

    /// What services answer to callers without the permission: EC2's code
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html), SNS's, and the common ones.
    private static let denials: Set<String> = [
        "UnauthorizedOperation", "AuthorizationError", "AccessDenied", "AccessDeniedException",
    ]
}
