public import AWSResources
public import Provisioning
import Ticketing

/// Step 06: how many tasks run, who hears of trouble, and what can be seen.
public struct AutoscalingStep {
    public static let id: StepID = "06-autoscaling"

    public let topic: Placed<SNSTopic>
    public let dashboard: StackDashboard

    public init(
        addingTo graph: inout Graph<AWSCloud>, stack: Stack, region: Stack.Region, context: StackContext,
        access: AccessStep, cluster: ClusterStep, dataPlane: DataPlaneStep, services: ServicesStep
    ) throws {
        topic = try graph.add(
            "topic-alarms", in: region.name, step: Self.id,
            SNSTopic(name: "\(stack.name)-alarms", emails: stack.alarms.email))
        let metrics = StackMetrics(stack: stack, cluster: cluster, dataPlane: dataPlane, services: services)
        let alarms = StackAlarms(stack: stack, metrics: metrics, topic: topic)
        for role in Role.allCases {
            guard let service = services.services[role] else { preconditionFailure("every role has a service") }
            let limits = stack.services[role]
            let target = try graph.add(
                "scaling-\(role.rawValue)", in: region.name, step: Self.id,
                ScalableTarget(
                    resourceID: "service/\(cluster.cluster.name)/\(service.name)", minimumTasks: limits.minimumTasks,
                    maximumTasks: limits.maximumTasks),
                after: access.serviceLinkedRoles)
            let scaling = ServiceScaling(
                stack: stack, region: region.name, role: role, target: target, metrics: metrics, alarms: alarms)
            if let group = services.targetGroups[role] {
                try scaling.addForRequests(to: &graph, group)
            } else {
                try scaling.addForQueue(to: &graph, service)
            }
        }
        try alarms.add(to: &graph, region: region.name)
        dashboard = StackDashboard(metrics: metrics)
        _ = try graph.add(
            "dashboard", in: region.name, step: Self.id,
            Dashboard(name: "\(stack.name)-\(region.name)", region: region.name, widgets: dashboard.widgets))
    }
}
