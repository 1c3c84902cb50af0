import Provisioning

/// (https://docs.aws.amazon.com/AmazonECR/latest/APIReference/CommonErrors.html and each operation's own errors)
enum ECRDispositions {
    static let entries: [DispositionRule] = [
        .init(service: "ecr", code: "RepositoryAlreadyExistsException", .alreadyExists),
        .init(service: "ecr", code: "RepositoryNotFoundException", .absent),
    ]
}
