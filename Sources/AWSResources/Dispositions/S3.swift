import Provisioning

/// (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html; what is set on a bucket shows late:
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel)
enum S3Dispositions {
    static let entries: [DispositionRule] = [
        // A bucket made a moment ago.
        .init(service: "s3", action: "PutPublicAccessBlock", code: "NoSuchBucket", .propagating),
        .init(service: "s3", action: "PutBucketPolicy", code: "NoSuchBucket", .propagating),
        .init(service: "s3", action: "PutBucketLifecycleConfiguration", code: "NoSuchBucket", .propagating),
        .init(service: "s3", code: "NoSuchBucket", .absent),
        .init(service: "s3", code: "BucketAlreadyOwnedByYou", .alreadyExists),
        // Another change of this bucket is under way: one of that name is being deleted, say.
        .init(service: "s3", code: "OperationAborted", .busy),
        // A result written while it was emptied.
        .init(service: "s3", action: "DeleteBucket", code: "BucketNotEmpty", .busy),
    ]
}
