internal import AWSCore
internal import Ticketing

extension StoreError {
    /// What an AWS call's failure means to a port.
    init(_ error: AWSError, store: String) {
        let kind: Kind =
            switch error.cause {
            case .unreachable, .credentials: .unavailable
            case .answerLost: .outcomeUnknown
            case .malformedAnswer: .invalid
            case .service: Self.kind(ofRefusal: error)
            }
        // What came after a lost answer does not tell what became of the attempt that lost it.
        let isRefusalForNow = kind == .unavailable || kind == .overloaded
        self.init(
            isRefusalForNow && error.followsLostAnswer ? .outcomeUnknown : kind, store: store, "\(error)")
    }

    private static func kind(ofRefusal error: AWSError) -> Kind {
        let code = error.code
        if ["Throttl", "ThroughputExceeded", "LimitExceeded", "OverLimit", "TooManyRequests", "TransactionConflict"]
            .contains(where: code.contains)
        {
            return .overloaded
        }
        // A right that is not given yet, a table or a queue that is not there yet: an operator's work, not a bug.
        if error.status >= 500 || error.status == 403
            || ["AccessDenied", "ResourceNotFound", "NonExistentQueue", "QueueDoesNotExist"].contains(
                where: code.contains)
        {
            return .unavailable
        }
        return .invalid
    }
}
