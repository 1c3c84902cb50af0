import Provisioning

/// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html and the Errors sections
/// of the operations)
enum DynamoDBDispositions {
    static let entries: [DispositionRule] = [
        .init(service: "dynamodb", code: "ResourceNotFoundException", .absent),
        .init(service: "dynamodb", code: "TableNotFoundException", .absent),
        .init(service: "dynamodb", action: "CreateTable", code: "ResourceInUseException", .alreadyExists),
        // Its attributes are as asked for already: API UpdateTimeToLive.
        .init(
            service: "dynamodb", action: "UpdateTimeToLive", code: "ValidationException", messageContains: "already",
            .alreadyExists),
        // Any other call on a table that is being created, changed or deleted.
        .init(service: "dynamodb", code: "ResourceInUseException", .busy),
        // Too many tables are being made or changed at once.
        .init(service: "dynamodb", code: "LimitExceededException", .busy),
        // Backups are being enabled on a table just made.
        .init(service: "dynamodb", code: "ContinuousBackupsUnavailableException", .busy),
    ]
}
