import Provisioning

/// (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html, Errors, and
/// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html, Errors)
enum SecretsManagerDispositions {
    static let entries: [DispositionRule] = [
        .init(service: "secretsmanager", code: "ResourceNotFoundException", .absent),
        .init(service: "secretsmanager", code: "ResourceExistsException", .alreadyExists),
        .init(
            service: "secretsmanager", action: "DeleteSecret", code: "InvalidRequestException",
            messageContains: "already scheduled for deletion", .absent),
    ]
}
