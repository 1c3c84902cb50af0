import AWSCore
import AWSResources
import ArgumentParser
import Delivery
import LoadTest
import Provisioning
import StrictYAML
import TicketSteps

/// The exit codes, as README.md lists them.
enum ExitStatus: Int32, CaseIterable {
    case success = 0
    case failure = 1
    /// `plan` and `drift`: there are changes.
    case changes = 2
    /// Refused before any change.
    case refused = 3
    /// Another run holds the lock.
    case locked = 4
    /// Credentials missing, expired, or of another account.
    case credentials = 5
    /// `load run`: the figures say nothing about the platform.
    case invalid = 6
    /// `deploy` and `rollback`: a service could not be brought back to where it was; look now.
    case notUndone = 20
    /// Bad usage, or a bad stack file.
    case usage = 64
    case interrupted = 130

    var exit: ExitCode { ExitCode(rawValue) }

    /// `deploy` and `rollback`: wave `number` failed and every service is back where it was. 11 is the first wave, 19
    /// the ninth or a later one.
    static func waveFailed(_ number: Int) -> ExitCode { ExitCode(10 + Int32(min(max(number, 1), 9))) }

    /// The code for an error that ended a command.
    static func of(_ error: any Error) -> ExitStatus {
        switch error {
        case let error as ProvisioningError:
            switch error.code {
            case .foreign, .immutable, .missingDependency, .stalePlan: .refused
            case .locked, .lockLost: .locked
            case .interrupted: .interrupted
            case .failed, .timedOut, .storage, .unknownInput, .unreadable: error.underlying.map(of) ?? .failure
            }
        case let error as AWSError:
            if case .credentials = error.cause { .credentials } else { .failure }
        case let error as UnfinishedCreation: of(error.underlying)
        case is CredentialError: .credentials
        case is ValueProblems: .usage
        case is WrongAccount: .credentials
        case is Refusal, is ReleaseRefusal, is TaskDefinition.UnknownSetting: .refused
        case let error as LoadTestError: error.code == .usage ? .usage : .failure
        case is CancellationError: .interrupted
        default: .failure
        }
    }
}

/// The credentials are of another account than the stack names.
struct WrongAccount: Error, CustomStringConvertible {
    var found: String
    var wanted: String

    var description: String {
        "the credentials are of account \(found), but the stack names \(wanted); nothing was called but STS. "
            + "Choose another AWS_PROFILE, or correct AWS_ACCOUNT_ID or `account` in the stack file"
    }
}

/// Something was not confirmed, or not safe to do unasked.
struct Refusal: Error, CustomStringConvertible {
    var description: String
}
