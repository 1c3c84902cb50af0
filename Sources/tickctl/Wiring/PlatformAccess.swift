import AWSCore
import AWSResources
import LoadTest
import Provisioning
import TicketSteps
import Ticketing

/// What a load test asks of the account that a stack stands in, named by its stamps. It needs cloudwatch:GetMetricData,
/// ecs:DescribeServices and application-autoscaling:DescribeScalingActivities.
struct PlatformAccess {
    let watch: TaskWatch
    let collection: PlatformCollection

    /// - Parameter parts: of a scenario.
    /// - Throws: `Refusal` when the stamps do not name the stack's resources; `AWSError`, `CredentialError`.
    static func open(_ stack: Stack, parts: [Scenario.PlatformPart]) async throws -> PlatformAccess {
        let session = try await Session.open(stack, Console(json: false))
        let targets = try targets(stack, session.stamps.all(), parts)
        return PlatformAccess(
            watch: TaskWatch(client: session.client, targets: targets),
            collection: PlatformCollection(client: session.client, targets: targets))
    }

    private static func targets(
        _ stack: Stack, _ stamps: [Stamp], _ parts: [Scenario.PlatformPart]
    ) throws -> [PlatformTarget] {
        var values = Values()
        for stamp in stamps {
            for (name, outputs) in stamp.outputs { values[NodeID(region: stamp.region, name: name)] = outputs }
        }
        // The account and the image are in no metric.
        let dashboards = try StackGraph.sample(of: stack).dashboards
        return try stack.regions.map(\.name).map { region in
            let widgets =
                dashboards[region].map { dashboard in parts.flatMap { Self.widgets(of: $0, dashboard) } } ?? []
            var number = 0
            let graphs = try widgets.map { widget in
                PlatformTarget.Graph(
                    widget.title,
                    try widget.lines.map { line in
                        number += 1
                        return .init(
                            line.label,
                            try line.source.queries(id: "line\(number)", periodSeconds: 60) { input in
                                guard let value = values.known(input) else {
                                    throw Refusal(
                                        description: "the stamps of stack \(stack.name) do not say what its resources "
                                            + "in \(region) are called; run `tickctl stamps rebuild` or `tickctl up`")
                                }
                                return value
                            })
                    })
            }
            return PlatformTarget(
                region: region, cluster: stack.clusterName,
                services: parts.contains(.ecs) ? Role.allCases.map(stack.serviceName) : [], graphs: graphs)
        }
    }

    private static func widgets(of part: Scenario.PlatformPart, _ dashboard: StackDashboard) -> [Widget] {
        switch part {
        case .alb: dashboard.ofLoadBalancer
        case .ecs: dashboard.ofServices
        case .sqs: dashboard.ofQueues
        case .redis: dashboard.ofRedis
        case .dynamodb: dashboard.ofSeatTable
        case .aurora: dashboard.ofAurora
        }
    }
}
