import Provisioning

/// Errors of SNS that the executor handles (https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html).
enum SNSDispositions {
    static let entries: [DispositionRule] = [
        // API_GetTopicAttributes; API_ListTagsForResource.
        .init(service: "sns", code: "NotFound", .absent),
        .init(service: "sns", code: "ResourceNotFound", .absent),
        // API_CreateTopic: same name, other attributes or tags.
        .init(
            service: "sns", action: "CreateTopic", code: "InvalidParameter", messageContains: "already exists",
            .alreadyExists),
        // API_TagResource: two changes of a topic's tags at once.
        .init(service: "sns", code: "ConcurrentAccess", .busy),
    ]
}
