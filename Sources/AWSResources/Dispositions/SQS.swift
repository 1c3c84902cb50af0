import Provisioning

/// AWS sends the codes of the Query protocol beside those of JSON, and the former win
/// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html, Errors).
enum SQSDispositions {
    static let entries: [DispositionRule] = [
        .init(service: "sqs", code: "QueueDoesNotExist", .absent),
        .init(service: "sqs", code: "AWS.SimpleQueueService.NonExistentQueue", .absent),
        .init(service: "sqs", code: "QueueNameExists", .alreadyExists),
        .init(service: "sqs", code: "QueueAlreadyExists", .alreadyExists),
        // A deleted name is blocked for 60 s.
        .init(service: "sqs", code: "QueueDeletedRecently", .busy),
        .init(service: "sqs", code: "AWS.SimpleQueueService.QueueDeletedRecently", .busy),
    ]
}
