/// What the executor must know of a cloud to handle its errors.
public protocol CloudErrors: Sendable {
    /// What to do about `error`, thrown by a resource's create, update, delete or read.
    func disposition(of error: any Error) -> ErrorDisposition

    /// What to do about `error`, as the next command to run; nil when the error says it itself.
    func advice(on error: any Error) -> String?
}

extension CloudErrors {
    /// None.
    public func advice(on error: any Error) -> String? { nil }

    /// `error`, which ended a run before or between its resources, with what to do; `what` says what failed.
    func explained(_ error: any Error, _ what: String) -> ProvisioningError {
        if let error = error as? ProvisioningError { return error }
        return ProvisioningError(.failed, what, next: advice(on: error), underlying: error)
    }
}

/// What the executor does about an error.
public enum ErrorDisposition: Sendable, Equatable {
    /// The call may have happened: look, then adopt or repeat.
    case answerLost
    /// Something of that name exists: look, check whose it is, adopt or refuse.
    case alreadyExists
    /// Something made a moment ago is not visible everywhere yet (a role, a service-linked role): try again soon,
    /// densely, two minutes at the most.
    case propagating
    /// Something else must finish first (a resource in transition, a blocker being deleted): try again, less densely,
    /// until the resource's deadline.
    case busy
    /// It is not there: a delete is done, an update starts over as a create.
    case absent
    /// No other call can succeed either (the credentials are over): the run ends.
    case endsRun
    case fatal
}
