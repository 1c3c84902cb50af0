import Provisioning

/// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html, "Errors", and those of
/// the other operations)
enum LogsDispositions {
    static let entries: [DispositionRule] = [
        .init(service: "logs", code: "ResourceAlreadyExistsException", .alreadyExists),
        .init(service: "logs", code: "ResourceNotFoundException", .absent),
        // Two requests at once for one group.
        .init(service: "logs", code: "OperationAbortedException", .busy),
    ]
}
