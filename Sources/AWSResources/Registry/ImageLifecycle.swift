/// Which images a repository keeps.
public struct ImageLifecycle: Sendable, Encodable, Equatable {
    /// The latest tagged images that stay.
    public var keepTagged: Int
    /// Days after which an image without a tag goes.
    public var dropUntaggedAfterDays: Int

    public init(keepTagged: Int, dropUntaggedAfterDays: Int) {
        self.keepTagged = keepTagged
        self.dropUntaggedAfterDays = dropUntaggedAfterDays
    }

    /// The policy as canonical JSON (https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html).
    var policy: String {
        canonicalJSON(
            """
            {"rules": [
              {"rulePriority": 1, "description": "untagged images go after \(dropUntaggedAfterDays) days",
               "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days",
                             "countNumber": \(dropUntaggedAfterDays)},
               "action": {"type": "expire"}},
              {"rulePriority": 2, "description": "the latest \(keepTagged) tagged images stay",
               "selection": {"tagStatus": "tagged", "tagPatternList": ["*"], "countType": "imageCountMoreThan",
                             "countNumber": \(keepTagged)},
               "action": {"type": "expire"}}
            ]}
            """)
    }
}
