public import AWSCore

/// Amazon CloudWatch Logs (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/).
public enum Logs {
    public static let service = AWSService(
        name: "logs", wire: .json(version: "1.1", targetPrefix: "Logs_20140328"), memberNames: .camel)
}
