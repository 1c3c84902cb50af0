public import AWSCore
import AWSServices
import Foundation

/// Looks at one region's services, load balancer, queues and alarms. What cannot be looked at does not hide the rest.
public struct StatusSurvey: Sendable {
    /// CloudWatch keeps a load balancer's metrics by the minute, and shows one some minutes late.
    private static let periodSeconds = 60
    private static let lookBack: TimeInterval = 600

    /// What is looked at in one region, by names.
    public struct Target: Sendable {
        public var region: String
        public var cluster: String
        public var services: [String]
        public var loadBalancer: String
        public var queue: String
        public var deadLetterQueue: String
        /// What the names of the stack's alarms begin with.
        public var alarmPrefix: String

        public init(
            region: String, cluster: String, services: [String], loadBalancer: String, queue: String,
            deadLetterQueue: String, alarmPrefix: String
        ) {
            self.region = region
            self.cluster = cluster
            self.services = services
            self.loadBalancer = loadBalancer
            self.queue = queue
            self.deadLetterQueue = deadLetterQueue
            self.alarmPrefix = alarmPrefix
        }
    }

    private let client: AWSClient
    private let target: Target

    public init(client: AWSClient, target: Target) {
        self.client = client
        self.target = target
    }

    /// - Throws: `CancellationError`.
    public func status() async throws -> RegionStatus {
        typealias Part = @Sendable (inout RegionStatus) -> Void
        var status = RegionStatus(region: target.region)
        let parts = await withTaskGroup(of: Part.self) { group in
            group.addTask { await part("services") { try await services() } }
            group.addTask { await part("metrics") { try await metrics() } }
            group.addTask { await part("queue") { try await queues() } }
            group.addTask { await part("alarms") { try await alarms() } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        try Task.checkCancellation()
        for part in parts { part(&status) }
        status.problems.sort()
        return status
    }

    private func part(
        _ name: String, _ body: () async throws -> @Sendable (inout RegionStatus) -> Void
    ) async -> @Sendable (inout RegionStatus) -> Void {
        do {
            return try await body()
        } catch {
            let problem = "\(name): \(error)"
            return { $0.problems.append(problem) }
        }
    }

    private func services() async throws -> @Sendable (inout RegionStatus) -> Void {
        let answer = try await client.send(
            ECS.DescribeServices(cluster: target.cluster, services: target.services, include: []),
            region: target.region)
        let found = answer.services.filter { $0.status != "INACTIVE" }.map { service in
            RegionStatus.ServiceStatus(
                service: service.serviceName, desired: service.desiredCount ?? 0, running: service.runningCount ?? 0,
                pending: service.pendingCount ?? 0,
                deployments: service.deployments.map { deployment in
                    RegionStatus.Deployment(
                        status: deployment.status ?? "",
                        revision: deployment.taskDefinition?.split(separator: "/").last.map(String.init) ?? "",
                        state: deployment.rolloutState ?? "", running: deployment.runningCount ?? 0,
                        desired: deployment.desiredCount ?? 0, failed: deployment.failedTasks ?? 0)
                })
        }.sorted { $0.service < $1.service }
        let missing = target.services.filter { name in !found.contains { $0.service == name } }
        return { status in
            status.services = found
            status.problems += missing.map { "services: \($0) does not exist" }
        }
    }

    private func metrics() async throws -> @Sendable (inout RegionStatus) -> Void {
        let balancers = try await client.all(ELBv2.DescribeLoadBalancers(), region: target.region) {
            $0.loadBalancers
        }
        guard
            let arn = balancers.first(where: { $0.loadBalancerName == target.loadBalancer })?.loadBalancerArn,
            let suffix = arn.components(separatedBy: ":loadbalancer/").last
        else {
            return { [name = target.loadBalancer] in $0.problems.append("metrics: there is no load balancer \(name)") }
        }
        func query(
            _ id: String, _ namespace: String, _ metric: String, _ dimension: (String, String), _ statistic: String
        ) -> CloudWatch.MetricDataQuery {
            CloudWatch.MetricDataQuery(
                id: id,
                metricStat: .init(
                    metric: .init(
                        namespace: namespace, metricName: metric,
                        dimensions: [.init(name: dimension.0, value: dimension.1)]),
                    period: Self.periodSeconds, stat: statistic), returnData: true)
        }
        let (balancer, queue) = (("LoadBalancer", suffix), ("QueueName", target.queue))
        let elb = "AWS/ApplicationELB"
        // Whole minutes: CloudWatch answers them faster.
        let end = Date(timeIntervalSince1970: (Date().timeIntervalSince1970 / 60).rounded(.up) * 60)
        let results = try await client.all(
            CloudWatch.GetMetricData(
                metricDataQueries: [
                    query("requests", elb, "RequestCount", balancer, "Sum"),
                    query("p95", elb, "TargetResponseTime", balancer, "p95"),
                    query("services", elb, "HTTPCode_Target_5XX_Count", balancer, "Sum"),
                    query("balancer", elb, "HTTPCode_ELB_5XX_Count", balancer, "Sum"),
                    query("age", "AWS/SQS", "ApproximateAgeOfOldestMessage", queue, "Maximum"),
                ], startTime: end.addingTimeInterval(-Self.lookBack), endTime: end), region: target.region
        ) { $0.metricDataResults }
        func series(_ id: String) -> [Date: Double] {
            results.filter { $0.id == id }.reduce(into: [:]) { series, result in
                for (time, value) in zip(result.timestamps, result.values) { series[time] = value }
            }
        }
        let requests = series("requests")
        // No errors are no data: where there are requests, they are none.
        let minute = requests.keys.max()
        let errors = minute.map { (series("services")[$0] ?? 0) + (series("balancer")[$0] ?? 0) }
        let rate = minute.flatMap { requests[$0] }.map { $0 / Double(Self.periodSeconds) }
        let p95 = series("p95").max { $0.key < $1.key }?.value
        let age = series("age").max { $0.key < $1.key }?.value
        return { status in
            status.requestsPerSecond = rate
            status.p95Seconds = p95
            status.serverErrors = errors
            status.oldestOrderSeconds = age
        }
    }

    /// Asked of SQS itself: CloudWatch is minutes late.
    private func queues() async throws -> @Sendable (inout RegionStatus) -> Void {
        func depth(_ name: String) async throws -> (visible: Int?, held: Int?) {
            let url = try await client.send(SQS.GetQueueUrl(queueName: name), region: target.region).queueUrl
            let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
            let attributes = try await client.send(
                SQS.GetQueueAttributes(queueUrl: url, attributeNames: names), region: target.region
            ).attributes
            return (attributes[names[0]].flatMap { Int($0) }, attributes[names[1]].flatMap { Int($0) })
        }
        let (orders, letters) = (try await depth(target.queue), try await depth(target.deadLetterQueue))
        return { status in
            status.waitingOrders = orders.visible
            status.ordersInWork = orders.held
            status.deadLetters = letters.visible
        }
    }

    private func alarms() async throws -> @Sendable (inout RegionStatus) -> Void {
        let alarms = try await client.all(
            CloudWatch.DescribeAlarms(alarmNamePrefix: target.alarmPrefix), region: target.region
        ) { $0.metricAlarms }
        let ringing = alarms.filter { $0.stateValue == "ALARM" }.map(\.alarmName).sorted()
        return { status in
            status.alarms = ringing
            status.alarmsWatched = alarms.count
        }
    }
}
