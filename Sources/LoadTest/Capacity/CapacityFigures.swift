public import StrictYAML

/// What a capacity plan is computed from: what one core was measured to do, AWS's quotas, AWS's prices.
///
/// Every figure has a default; a YAML file of the same names overrides single ones (`tickctl load plan --figures FILE`).
public struct CapacityFigures: Sendable, Equatable {
    public var cpu = CPU()
    public var traffic = Traffic()
    public var stores = Stores()
    public var quotas = Quotas()
    public var prices = Prices()

    /// Microseconds of CPU that a request costs the service on one core, as `make bench` prints them (hold: with Redis and
    /// DynamoDB).
    public struct CPU: Sendable, Equatable {
        public var summary = 6.5
        public var roomStatus = 8.0
        /// Not in the table; measured in the same way, with Redis.
        public var enter = 130.0
        public var hold = 390.0
        public var intent = 180.0
        public var commit = 440.0
        public var status = 150.0
        /// An order that a worker writes. Not in the table: taken to cost what its commit did.
        public var order = 440.0
        /// What one vCPU of Fargate does of what the measured core did: a vCPU is a thread, half a core, on x86_64, and a
        /// core on Graviton (https://aws.amazon.com/ec2/instance-types/, "vCPU").
        public var vcpuShare = 0.5
    }

    /// What people do. Shares are of the requests that are started each second, and add up to 1 with `confirm`'s.
    public struct Traffic: Sendable, Equatable {
        /// Cached reads: summaries, seat maps, polls of the waiting room.
        public var readShare = 0.7
        /// Visits that end with a payment intent: enter, poll, hold, intent.
        public var visitShare = 0.2
        /// Purchases: enter, poll, hold, intent, commit, status.
        public var purchaseShare = 0.1
        /// Of the cached reads, those that CloudFront answers. 0: everything reaches the load balancers.
        public var edgeHitShare = 0.0
        /// Of the reads, those that a shared cache may answer; polls of the waiting room are nobody else's.
        public var cacheableShare = 2.0 / 3
        public var seatsPerHold = 2.0
        public var bytesPerAnswer = 600.0
        /// Seconds that a client keeps its connection.
        public var connectionSeconds = 30.0
        public var requestsPerConnection = 10.0
    }

    /// What one unit of a store takes, and how full its batches are.
    public struct Stores: Sendable, Equatable {
        /// Commands a second of one Redis shard, kept at two thirds of what a single-threaded node does.
        public var redisCommandsPerShard = 100_000.0
        /// Bytes that a visitor's counters and cached answers take in Redis for the time they live.
        public var redisBytesPerVisitor = 400.0
        public var redisShardBytes = 13.07e9 * 0.75
        /// Seconds that what a visitor leaves in Redis lives.
        public var redisLifetimeSeconds = 3_600.0
        /// Intents a second that PostgreSQL takes with one core, by group commit.
        public var intentsPerCore = 8_000.0
        /// Orders a second that PostgreSQL takes with one core, many a transaction.
        public var ordersPerCore = 2_500.0
        /// One ACU is about 2 GiB of memory with the CPU of a memory-optimised instance, which has 8 GiB a vCPU
        /// (https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.how-it-works.html).
        public var coresPerACU = 0.25
        /// Messages in a call of SQS, of 10 at most.
        public var messagesPerBatch = 8.0
        /// What is kept free of a store's own limit for rushes.
        public var headroom = 0.7
    }

    /// Per region. Those of the account are in Service Quotas; these are the defaults.
    public struct Quotas: Sendable, Equatable {
        /// "Fargate On-Demand vCPU resource count", raised by AWS with use
        /// (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html).
        public var fargateVCPU = 6.0
        /// Calls a second for each of send, receive and delete, FIFO high throughput
        /// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html).
        public var sqsCalls: [String: Double] = ["ap-northeast-1": 9_000]
        public var sqsCallsElsewhere = 2_400.0
        /// Messages of a FIFO queue that are in work at once (same page).
        public var sqsInFlight = 120_000.0
        /// Request units a second of one on-demand table
        /// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html).
        public var tableWrites = 40_000.0
        public var tableReads = 40_000.0
        /// Network interfaces, one a task (https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html).
        public var networkInterfaces = 5_000.0
        /// Targets of one load balancer
        /// (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html).
        public var loadBalancerTargets = 1_000.0
        /// Nodes of one Redis cluster (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/quota-limits.html).
        public var redisNodes = 90.0
        /// Capacity of one Aurora Serverless v2 instance.
        public var auroraACU = 256.0
    }

    /// US dollars. The defaults are list prices of us-east-1; other regions differ by some tens of per cent: put yours in.
    public struct Prices: Sendable, Equatable {
        /// https://aws.amazon.com/fargate/pricing/, Linux on ARM.
        public var fargateVCPUHour = 0.03238
        public var fargateGBHour = 0.00356
        /// https://aws.amazon.com/elasticloadbalancing/pricing/
        public var loadBalancerHour = 0.0225
        public var loadBalancerUnitHour = 0.008
        /// https://aws.amazon.com/dynamodb/pricing/on-demand/, a million request units.
        public var writesPerMillion = 0.625
        public var readsPerMillion = 0.125
        /// https://aws.amazon.com/sqs/pricing/, a million FIFO calls.
        public var sqsPerMillion = 0.50
        /// https://aws.amazon.com/elasticache/pricing/, the stack's node.
        public var redisNodeHour = 0.219
        /// https://aws.amazon.com/rds/aurora/pricing/
        public var auroraACUHour = 0.12
        /// https://aws.amazon.com/vpc/pricing/
        public var natGatewayHour = 0.045
    }

    public init() {}

    /// The defaults, and what the file says instead; every mistake in it is in `problems` with its line.
    public init(yaml: String, _ problems: ProblemList) {
        let anything = 0.000_001...1e12
        YAMLFile.read(yaml, problems) { file in
            file.section("cpu") { section in
                for (name, path) in Self.cpuNames { section.read(name, &self[keyPath: path], anything) }
                section.read("vcpuShare", &cpu.vcpuShare, 0.05...4)
            }
            file.section("traffic") { section in
                section.read("readShare", &traffic.readShare, 0...1)
                section.read("visitShare", &traffic.visitShare, 0...1)
                section.read("purchaseShare", &traffic.purchaseShare, 0...1)
                section.read("edgeHitShare", &traffic.edgeHitShare, 0...1)
                section.read("cacheableShare", &traffic.cacheableShare, 0...1)
                section.read("seatsPerHold", &traffic.seatsPerHold, 1...10)
                section.read("bytesPerAnswer", &traffic.bytesPerAnswer, anything)
                section.read("connectionSeconds", &traffic.connectionSeconds, anything)
                section.read("requestsPerConnection", &traffic.requestsPerConnection, 1...1e9)
            }
            file.section("stores") { section in
                for (name, path) in Self.storeNames { section.read(name, &self[keyPath: path], anything) }
                section.read("messagesPerBatch", &stores.messagesPerBatch, 1...10)
                section.read("headroom", &stores.headroom, 0.05...1)
            }
            file.section("quotas") { section in
                for (name, path) in Self.quotaNames { section.read(name, &self[keyPath: path], anything) }
                section.section("sqsCalls") { calls in
                    for region in Self.quotaRegions {
                        var value = quotas.sqsCalls[region] ?? quotas.sqsCallsElsewhere
                        calls.read(region, &value, anything)
                        quotas.sqsCalls[region] = value
                    }
                }
            }
            file.section("prices") { section in
                for (name, path) in Self.priceNames { section.read(name, &self[keyPath: path], 0...1e6) }
            }
        }
        let shares = traffic.readShare + traffic.visitShare + traffic.purchaseShare
        if abs(shares - 1) > 0.001 {
            problems.add(
                problems.lines["traffic"], "traffic",
                "readShare, visitShare and purchaseShare add up to \(shares.decimal); they must add up to 1")
        }
    }

    /// The regions whose SQS quota a file may name: those that have this stack's services.
    private static let quotaRegions = [
        "us-east-1", "us-east-2", "us-west-1", "us-west-2", "eu-central-1", "eu-west-1", "eu-west-2", "ap-northeast-1",
        "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1",
        "sa-east-1",
    ]

    private typealias Name = (String, WritableKeyPath<CapacityFigures, Double>)

    private static var cpuNames: [Name] {
        [
            ("summary", \.cpu.summary), ("roomStatus", \.cpu.roomStatus), ("enter", \.cpu.enter), ("hold", \.cpu.hold),
            ("intent", \.cpu.intent), ("commit", \.cpu.commit), ("status", \.cpu.status), ("order", \.cpu.order),
        ]
    }

    private static var storeNames: [Name] {
        [
            ("redisCommandsPerShard", \.stores.redisCommandsPerShard),
            ("redisBytesPerVisitor", \.stores.redisBytesPerVisitor), ("redisShardBytes", \.stores.redisShardBytes),
            ("redisLifetimeSeconds", \.stores.redisLifetimeSeconds), ("intentsPerCore", \.stores.intentsPerCore),
            ("ordersPerCore", \.stores.ordersPerCore), ("coresPerACU", \.stores.coresPerACU),
        ]
    }

    private static var quotaNames: [Name] {
        [
            ("fargateVCPU", \.quotas.fargateVCPU), ("sqsCallsElsewhere", \.quotas.sqsCallsElsewhere),
            ("sqsInFlight", \.quotas.sqsInFlight), ("tableWrites", \.quotas.tableWrites),
            ("tableReads", \.quotas.tableReads), ("networkInterfaces", \.quotas.networkInterfaces),
            ("loadBalancerTargets", \.quotas.loadBalancerTargets), ("redisNodes", \.quotas.redisNodes),
            ("auroraACU", \.quotas.auroraACU),
        ]
    }

    private static var priceNames: [Name] {
        [
            ("fargateVCPUHour", \.prices.fargateVCPUHour), ("fargateGBHour", \.prices.fargateGBHour),
            ("loadBalancerHour", \.prices.loadBalancerHour), ("loadBalancerUnitHour", \.prices.loadBalancerUnitHour),
            ("writesPerMillion", \.prices.writesPerMillion), ("readsPerMillion", \.prices.readsPerMillion),
            ("sqsPerMillion", \.prices.sqsPerMillion), ("redisNodeHour", \.prices.redisNodeHour),
            ("auroraACUHour", \.prices.auroraACUHour), ("natGatewayHour", \.prices.natGatewayHour),
        ]
    }
}
