import Provisioning

/// Errors of CloudWatch that the executor handles
/// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CommonErrors.html).
enum CloudWatchDispositions {
    static let entries: [DispositionRule] = [
        // API_GetDashboard, API_DeleteDashboards: the shape's name and its wire code differ.
        .init(service: "cloudwatch", code: "ResourceNotFound", .absent),
        .init(service: "cloudwatch", code: "DashboardNotFoundError", .absent),
        // API_DeleteAlarms.
        .init(service: "cloudwatch", code: "ResourceNotFoundException", .absent),
    ]
}
