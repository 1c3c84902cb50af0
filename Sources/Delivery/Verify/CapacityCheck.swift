import AWSCore
import AWSServices

/// Whether the region has room for every task that autoscaling may start.
struct CapacityCheck {
    /// Codes of Service Quotas (`aws service-quotas list-service-quotas --service-code fargate`).
    private enum Quota {
        static let onDemandCPUs = ("fargate", "L-3032A538")
        static let spotCPUs = ("fargate", "L-36FBB829")
        static let networkInterfaces = ("vpc", "L-DF5E4CA3")
    }

    private let check: RegionCheck
    private let surveys: [RegionCheck.Survey]
    private var client: AWSClient { check.verification.client }
    private var region: String { check.region.name }

    init(_ check: RegionCheck, _ surveys: [RegionCheck.Survey]) {
        self.check = check
        self.surveys = surveys
    }

    private var maximum: Int { surveys.reduce(0) { $0 + $1.expected.maximumTasks } }
    /// Their addresses, interfaces and CPUs are counted as used already.
    private var running: Int { surveys.reduce(0) { $0 + max(0, $1.service.runningCount ?? 0) } }

    func findings() async -> [VerifyFinding] {
        await subnets() + (await processors()) + (await networkInterfaces()) + (await queues())
    }

    /// Each task takes an address of a subnet.
    private func subnets() async -> [VerifyFinding] {
        let ids = Set(surveys.flatMap { $0.service.networkConfiguration?.awsvpcConfiguration?.subnets ?? [] })
        guard !ids.isEmpty else { return [] }
        let subject = ids.sorted().joined(separator: ", ")
        return await check.verification.looking(for: .subnetAddresses, region: region, subject: subject) {
            let subnets = try await client.all(
                EC2.DescribeSubnets(filters: [.init("subnet-id", ids.sorted())]), region: region
            ) { $0.subnetSet }.filter { ids.contains($0.subnetId) }
            guard subnets.count == ids.count else {
                let gone = ids.subtracting(subnets.map(\.subnetId)).sorted().joined(separator: ", ")
                return [
                    check.finding(
                        .service, gone, "does not exist, but services are to run there",
                        next: "run `tickctl up --step 00-network --region \(region) --refresh`")
                ]
            }
            let free = subnets.reduce(0) { $0 + ($1.availableIpAddressCount ?? 0) }
            guard free < maximum - running else { return [] }
            return [
                check.finding(
                    .subnetAddresses, subject,
                    "have \(free) free addresses, but up to \(maximum - running) more tasks may start (\(running) run, "
                        + "\(maximum) at the most)",
                    next: "lower `services.*.maximumTasks`, or make a stack with a smaller `network.subnetPrefix`")
            ]
        }
    }

    private func processors() async -> [VerifyFinding] {
        var units = (onDemand: 0, spot: 0)
        for survey in surveys {
            let (cpu, overflow) = survey.expected.maximumTasks.multipliedReportingOverflow(
                by: survey.revision.cpu.flatMap { Int($0) } ?? 0)
            let isSpot =
                !survey.service.capacityProviderStrategy.isEmpty
                && survey.service.capacityProviderStrategy.allSatisfy { $0.capacityProvider == "FARGATE_SPOT" }
            if isSpot { units.spot += overflow ? 0 : cpu } else { units.onDemand += overflow ? 0 : cpu }
        }
        return await quota("Fargate On-Demand vCPUs", Quota.onDemandCPUs, wanted: units.onDemand / 1024)
            + (await quota("Fargate Spot vCPUs", Quota.spotCPUs, wanted: units.spot / 1024))
    }

    /// Each task has a network interface, beside those of load balancers, endpoints and databases.
    private func networkInterfaces() async -> [VerifyFinding] {
        await check.verification.looking(for: .quota, region: region, subject: "network interfaces") {
            let used = try await client.all(EC2.DescribeNetworkInterfaces(filters: []), region: region) {
                $0.networkInterfaceSet
            }.count
            return await quota(
                "network interfaces", Quota.networkInterfaces, wanted: used + max(0, maximum - running))
        }
    }

    private func quota(_ name: String, _ code: (service: String, quota: String), wanted: Int) async -> [VerifyFinding] {
        guard wanted > 0 else { return [] }
        return await check.verification.looking(for: .quota, region: region, subject: name) {
            let value: Double
            do {
                value = try await client.send(
                    ServiceQuotas.GetServiceQuota(serviceCode: code.service, quotaCode: code.quota), region: region
                ).quota.value
            } catch let error as AWSError where error.code == "NoSuchResourceException" {
                value = try await client.send(
                    ServiceQuotas.GetAWSDefaultServiceQuota(serviceCode: code.service, quotaCode: code.quota),
                    region: region
                ).quota.value
            }
            guard value < Double(wanted) else { return [] }
            return [
                check.finding(
                    .quota, name,
                    "the account may have \(Int(exactly: value).map(String.init) ?? String(value)), but \(wanted) are needed for all tasks",
                    next: "ask for more: `aws service-quotas request-service-quota-increase --region \(region) "
                        + "--service-code \(code.service) --quota-code \(code.quota) --desired-value \(wanted)`")
            ]
        }
    }

    /// A FIFO queue takes 300 calls a second and API, and only in high-throughput mode the region's thousands
    /// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/high-throughput-fifo.html).
    private func queues() async -> [VerifyFinding] {
        let repair = "run `tickctl up --step 03-dataplane --region \(region) --refresh`"
        var found: [VerifyFinding] = []
        for queue in check.region.queues {
            found += await check.verification.looking(for: .quota, region: region, subject: queue) {
                let url: String
                do {
                    url = try await client.send(SQS.GetQueueUrl(queueName: queue), region: region).queueUrl
                } catch let error as AWSError
                    where ["QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"].contains(error.code)
                {
                    return [check.finding(.service, queue, "does not exist", next: repair)]
                }
                let names = ["DeduplicationScope", "FifoThroughputLimit"]
                let attributes = try await client.send(
                    SQS.GetQueueAttributes(queueUrl: url, attributeNames: names), region: region
                ).attributes
                guard
                    attributes["DeduplicationScope"] != "messageGroup"
                        || attributes["FifoThroughputLimit"] != "perMessageGroupId"
                else { return [] }
                return [
                    check.finding(
                        .quota, queue,
                        "is not in high-throughput mode: it takes 300 calls a second of each API, not thousands",
                        next: repair)
                ]
            }
        }
        return found
    }
}
