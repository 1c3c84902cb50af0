import Provisioning

/// (https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html and each operation's own errors; delays:
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency)
enum IAMDispositions {
    static let entries: [DispositionRule] = [
        // A role just made is not known to every part of IAM yet.
        .init(service: "iam", action: "PutRolePolicy", code: "NoSuchEntity", .propagating),
        .init(service: "iam", code: "NoSuchEntity", .absent),
        .init(service: "iam", code: "EntityAlreadyExists", .alreadyExists),
        .init(
            service: "iam", action: "CreateServiceLinkedRole", code: "InvalidInput", messageContains: "has been taken",
            .alreadyExists),
        // The policy taken away a moment ago still counts.
        .init(service: "iam", action: "DeleteRole", code: "DeleteConflict", .propagating),
        .init(service: "iam", code: "ConcurrentModification", .busy),
        .init(service: "iam", code: "UnmodifiableEntity", .fatal),
        // A trust policy names a provider made a moment ago.
        .init(
            service: "iam", code: "MalformedPolicyDocument", messageContains: "Invalid principal", .propagating),
    ]
}
