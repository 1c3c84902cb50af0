extension DispositionRule {
    /// Every service's rules.
    public static let all: [DispositionRule] = [
        EC2Dispositions.entries, ECRDispositions.entries, IAMDispositions.entries, LogsDispositions.entries,
        ECSDispositions.entries, SQSDispositions.entries, DynamoDBDispositions.entries, ElastiCacheDispositions.entries,
        RDSDispositions.entries, SecretsManagerDispositions.entries, CloudFrontDispositions.entries,
        ELBv2Dispositions.entries, ApplicationAutoScalingDispositions.entries, CloudWatchDispositions.entries,
        SNSDispositions.entries, S3Dispositions.entries,
    ].flatMap(\.self)
}
