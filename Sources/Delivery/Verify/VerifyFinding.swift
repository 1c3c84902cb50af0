/// One thing that would make a deployment fail, or that could not be looked at.
public struct VerifyFinding: Error, Sendable, Hashable, Codable {
    /// What was looked at; the raw value is what is printed.
    public enum Check: String, Sendable, Hashable, Codable, CaseIterable {
        /// A role is missing, or ECS may not take it on for tasks of this account.
        case roleTrust = "role-trust"
        /// A role may not do what its program does.
        case rolePermissions = "role-permissions"
        /// The image is missing, or is not for the tasks' platform.
        case image
        /// A secret is missing, has no value, or lacks a key that is read from it.
        case secret
        case logGroup = "log-group"
        /// Target group, service and container do not agree on a port.
        case targetPort = "target-port"
        /// A health check asks for a path that this binary does not answer.
        case healthPath = "health-path"
        /// The subnets have too few free addresses for all tasks.
        case subnetAddresses = "subnet-addresses"
        /// A quota is too low for all tasks.
        case quota
        case serviceLinkedRole = "service-linked-role"
        /// This machine's clock differs from AWS's.
        case clock
        /// A service, its network, its queue or its task definition is missing or cannot be read.
        case service

        fileprivate var severity: Severity { self == .quota || self == .subnetAddresses ? .warning : .error }
    }

    /// Whether a deployment may begin in spite of it.
    public enum Severity: String, Sendable, Hashable, Codable {
        /// Tasks would not start, not stay, or not do their work: no deployment begins.
        case error
        /// Tasks start, but fewer than the stack allows: a deployment says so and goes on.
        case warning
    }

    public let check: Check
    public let severity: Severity
    /// A region's name, or "global".
    public var region: String
    /// What it is about: a role, an image, a secret.
    public var subject: String
    /// What is wrong. Never a secret's value.
    public var problem: String
    /// What to do or to run next.
    public var next: String

    public init(_ check: Check, region: String, subject: String, problem: String, next: String) {
        self.check = check
        severity = check.severity
        self.region = region
        self.subject = subject
        self.problem = problem
        self.next = next
    }
}

extension VerifyFinding: Comparable {
    /// By region, check, subject: the same order in every run.
    public static func < (one: VerifyFinding, other: VerifyFinding) -> Bool {
        (one.region, one.check.rawValue, one.subject, one.problem)
            < (other.region, other.check.rawValue, other.subject, other.problem)
    }
}

extension VerifyFinding: CustomStringConvertible {
    public var description: String { "\(region)  \(check.rawValue)  \(subject): \(problem)\n    next: \(next)" }
}
