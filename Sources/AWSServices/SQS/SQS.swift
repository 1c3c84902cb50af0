public import AWSCore

/// Amazon Simple Queue Service (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/).
public enum SQS {
    public static let service = AWSService(
        name: "sqs", wire: .json(version: "1.0", targetPrefix: "AmazonSQS"))
}
