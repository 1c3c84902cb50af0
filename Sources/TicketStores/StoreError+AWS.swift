internal import AWSCore
internal import Ticketing

extension StoreError {
    /// What an AWS call's failure means to a port.
    init(_ error: AWSError, store: String) {
        let kind: Kind
        switch error.cause {
        case .unreachable, .credentials: kind = .unavailable
        case .answerLost: kind = .outcomeUnknown
        case .malformedAnswer: kind = .invalid
        case .service:
            if error.status >= 500 || ["AccessDeniedException", "ExpiredTokenException"].contains(error.code) {
                kind = .unavailable
            } else if error.code.contains("Thrott") || error.code == "ProvisionedThroughputExceededException"
                || error.code == "RequestLimitExceeded" || error.code == "TooManyRequestsException"
            {
                kind = .overloaded
            } else {
                kind = .invalid
            }
        }
        self.init(kind, store: store, "\(error)")
    }
}
