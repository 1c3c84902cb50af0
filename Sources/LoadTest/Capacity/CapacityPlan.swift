/// What a rate needs in each region, what breaks first, what it costs an hour, and how the stack's sizes differ.
public struct CapacityPlan: Sendable, Equatable, Codable {
    /// The sizes of a stack that a plan looks at.
    public struct Sizes: Sendable, Equatable {
        public var regions: [String]
        public var vcpuPerTask: Double
        public var memoryGBPerTask: Double
        public var cpuTargetPercent: Double
        public var requestsPerSecondPerTask: Double
        /// Fewest and most tasks of each service.
        public var publicTasks: ClosedRange<Int>
        public var confirmTasks: ClosedRange<Int>
        public var workerTasks: ClosedRange<Int>
        public var redisShards: Int
        public var redisReplicasPerShard: Int
        public var maximumACU: Double
        public var natGateways: Int
        /// Addresses of all private subnets of a region.
        public var taskAddresses: Int

        public init(
            regions: [String], vcpuPerTask: Double, memoryGBPerTask: Double, cpuTargetPercent: Double,
            requestsPerSecondPerTask: Double, publicTasks: ClosedRange<Int>, confirmTasks: ClosedRange<Int>,
            workerTasks: ClosedRange<Int>, redisShards: Int, redisReplicasPerShard: Int, maximumACU: Double,
            natGateways: Int, taskAddresses: Int
        ) {
            self.regions = regions
            self.vcpuPerTask = vcpuPerTask
            self.memoryGBPerTask = memoryGBPerTask
            self.cpuTargetPercent = cpuTargetPercent
            self.requestsPerSecondPerTask = requestsPerSecondPerTask
            self.publicTasks = publicTasks
            self.confirmTasks = confirmTasks
            self.workerTasks = workerTasks
            self.redisShards = redisShards
            self.redisReplicasPerShard = redisReplicasPerShard
            self.maximumACU = maximumACU
            self.natGateways = natGateways
            self.taskAddresses = taskAddresses
        }
    }

    /// What one region carries of the whole rate, and what it needs for that.
    public struct Region: Sendable, Equatable, Codable {
        public var name: String
        public var requestsPerSecond: Double
        public var purchasesPerSecond: Double
        public var publicTasks: Int
        public var confirmTasks: Int
        public var workerTasks: Int
        public var redisShards: Int
        /// Of each instance, in Aurora's steps of a half.
        public var auroraACU: Double
        public var tableWritesPerSecond: Double
        public var tableReadsPerSecond: Double
        /// Of each of send, receive and delete.
        public var sqsCallsPerSecond: Double
        public var messagesPerBatch: Double
        /// Dollars an hour by service.
        public var dollarsPerHour: [String: Double]
        /// The most used first.
        public var quotas: [Quota]
    }

    /// A limit of the account or the stack, in its own unit, and how much of it is needed.
    public struct Quota: Sendable, Equatable, Codable {
        public var name: String
        public var needed: Double
        public var quota: Double
        /// Of all regions' requests, the rate at which this quota is used up.
        public var breaksAtRequestsPerSecond: Double

        public var used: Double { needed / quota }
    }

    /// A size of the stack that the rate does not fit.
    public struct Difference: Sendable, Equatable, Codable {
        /// The value's path in the stack file.
        public var value: String
        public var stands: Double
        public var needed: Double
        public var why: String
    }

    public var requestsPerSecond: Double
    public var regions: [Region]
    public var differences: [Difference]

    /// The quota that gives way first, over all regions; its rate may be beyond the planned one.
    public var breaksFirst: (region: String, quota: Quota)? {
        regions.flatMap { region in region.quotas.map { (region: region.name, quota: $0) } }
            .min { $0.quota.breaksAtRequestsPerSecond < $1.quota.breaksAtRequestsPerSecond }
    }

    public var dollarsPerHour: Double { regions.reduce(0) { $0 + $1.dollarsPerHour.values.reduce(0, +) } }

    /// - Parameter rate: requests a second of all regions together, shared evenly.
    public init(rate: Double, sizes: Sizes, figures: CapacityFigures) {
        requestsPerSecond = rate
        let share = rate / Double(max(1, sizes.regions.count))
        regions = sizes.regions.map { Region(name: $0, rate: rate, share: share, sizes: sizes, figures: figures) }
        differences = regions.first.map { Self.differences(sizes, $0) } ?? []
    }

    private static func differences(_ sizes: Sizes, _ region: Region) -> [Difference] {
        let services = [
            ("public", sizes.publicTasks, region.publicTasks), ("confirm", sizes.confirmTasks, region.confirmTasks),
            ("worker", sizes.workerTasks, region.workerTasks),
        ]
        var found = services.filter { $0.1.upperBound < $0.2 }.map { name, stands, needed in
            Difference(
                value: "services.\(name).maximumTasks", stands: Double(stands.upperBound), needed: Double(needed),
                why: "autoscaling would stop short of the rate")
        }
        if sizes.redisShards < region.redisShards {
            found.append(
                Difference(
                    value: "redis.shards", stands: Double(sizes.redisShards), needed: Double(region.redisShards),
                    why: "shards take minutes to add: have them before the sale"))
        }
        if sizes.maximumACU < region.auroraACU {
            found.append(
                Difference(
                    value: "aurora.maximumACU", stands: sizes.maximumACU, needed: region.auroraACU,
                    why: "the writer would stop growing"))
        }
        // A deployment doubles the tasks for a while.
        let addresses = 2 * (region.publicTasks + region.confirmTasks + region.workerTasks)
        if sizes.taskAddresses < addresses {
            found.append(
                Difference(
                    value: "network.subnetPrefix", stands: Double(sizes.taskAddresses), needed: Double(addresses),
                    why: "addresses in the private subnets, twice the tasks for a deployment"))
        }
        return found
    }
}

extension CapacityPlan.Region {
    init(name: String, rate: Double, share: Double, sizes: CapacityPlan.Sizes, figures: CapacityFigures) {
        let needs = CapacityFormulas(figures: figures, rate: share, cpuTarget: sizes.cpuTargetPercent)
        func tasks(cores: Double, requests: Double, atLeast: Int) -> Int {
            let byCPU = cores / sizes.vcpuPerTask, byRequests = requests / sizes.requestsPerSecondPerTask
            return max(atLeast, Int(max(byCPU, byRequests).rounded(.up)))
        }
        self.name = name
        requestsPerSecond = share
        purchasesPerSecond = needs.purchases
        publicTasks = tasks(
            cores: needs.publicCores, requests: needs.publicRequests, atLeast: sizes.publicTasks.lowerBound)
        confirmTasks = tasks(
            cores: needs.confirmCores, requests: needs.confirmRequests, atLeast: sizes.confirmTasks.lowerBound)
        workerTasks = tasks(cores: needs.workerCores, requests: 0, atLeast: sizes.workerTasks.lowerBound)
        redisShards = max(1, Int(needs.redisShards.rounded(.up)))
        auroraACU = max(0.5, (needs.auroraACU * 2).rounded(.up) / 2)
        tableWritesPerSecond = needs.tableWrites
        tableReadsPerSecond = needs.tableReads
        sqsCallsPerSecond = needs.sqsCalls
        messagesPerBatch = figures.stores.messagesPerBatch
        let all = Double(publicTasks + confirmTasks + workerTasks)
        let nodes = Double(redisShards * (1 + sizes.redisReplicasPerShard))
        dollarsPerHour = needs.dollars(
            vcpu: all * sizes.vcpuPerTask, memoryGB: all * sizes.memoryGBPerTask, redisNodes: nodes,
            auroraACU: auroraACU, natGateways: Double(sizes.natGateways))
        let limits = figures.quotas
        quotas = [
            ("Fargate vCPU", all * sizes.vcpuPerTask, limits.fargateVCPU),
            ("SQS calls a second", sqsCallsPerSecond, limits.sqsCalls[name] ?? limits.sqsCallsElsewhere),
            ("SQS messages in flight", needs.inFlight, limits.sqsInFlight),
            ("DynamoDB writes a second", tableWritesPerSecond, limits.tableWrites),
            ("DynamoDB reads a second", tableReadsPerSecond, limits.tableReads),
            ("network interfaces", all, limits.networkInterfaces),
            ("load balancer targets", Double(publicTasks + confirmTasks), limits.loadBalancerTargets),
            ("Redis nodes", nodes, limits.redisNodes),
            ("Aurora ACU", auroraACU, limits.auroraACU),
        ].map { name, needed, quota in
            CapacityPlan.Quota(
                name: name, needed: needed, quota: quota,
                breaksAtRequestsPerSecond: needed > 0 ? rate * quota / needed : .infinity)
        }.sorted { $0.used > $1.used }
    }
}
