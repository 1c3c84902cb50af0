import AWSCore

/// Application Auto Scaling: the number of tasks of ECS services
/// (https://docs.aws.amazon.com/autoscaling/application/APIReference/).
public enum ApplicationAutoScaling {
    static let service = AWSService(
        name: "application-autoscaling", wire: .json(version: "1.1", targetPrefix: "AnyScaleFrontendService"))
}
