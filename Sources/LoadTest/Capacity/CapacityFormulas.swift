/// The arithmetic of `tickctl load plan`, all of it: from requests a second to units of each service in one region.
///
/// `R` is the region's share of the requests. A visit is 4 requests (enter, poll, hold, intent), a purchase 6 (and commit,
/// status); the rest are reads. DynamoDB's units: a strongly consistent read of up to 4 KB is one, a write of up to 1 KB
/// is one, and both cost double in a transaction
/// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html).
struct CapacityFormulas {
    static let requestsPerVisit = 4.0
    static let requestsPerPurchase = 6.0

    let figures: CapacityFigures
    /// Requests a second that reach this region, before the edge answers any.
    let rate: Double
    /// Per cent of a task's CPU that autoscaling keeps.
    let cpuTarget: Double

    private var traffic: CapacityFigures.Traffic { figures.traffic }
    private var headroom: Double { figures.stores.headroom }

    // MARK: - Requests a second, by call

    var purchases: Double { rate * traffic.purchaseShare / Self.requestsPerPurchase }
    /// Everybody who enters.
    var visitors: Double { rate * traffic.visitShare / Self.requestsPerVisit + purchases }
    var cacheableReads: Double { rate * traffic.readShare * traffic.cacheableShare * (1 - traffic.edgeHitShare) }
    var polls: Double { rate * traffic.readShare * (1 - traffic.cacheableShare) + visitors }
    var publicRequests: Double { cacheableReads + polls + 2 * visitors }
    var confirmRequests: Double { visitors + 2 * purchases }

    // MARK: - Tasks

    private func cores(_ microseconds: Double) -> Double {
        microseconds / 1e6 / figures.cpu.vcpuShare / (cpuTarget / 100)
    }

    var publicCores: Double {
        let cpu = figures.cpu
        return cores(
            cacheableReads * cpu.summary + polls * cpu.roomStatus + visitors * (cpu.enter + cpu.hold))
    }
    var confirmCores: Double {
        cores(visitors * figures.cpu.intent + purchases * (figures.cpu.commit + figures.cpu.status))
    }
    var workerCores: Double { cores(purchases * figures.cpu.order) }

    // MARK: - DynamoDB, request units a second; n = seats of a hold

    /// Hold: n seats and the user's allowance in a transaction. Pin: the same and the commit record; then the record enters
    /// and leaves the index of unsent ones (2), is marked sent (1), and the n seats are marked sold.
    var tableWrites: Double {
        let seats = traffic.seatsPerHold
        return visitors * 2 * (seats + 1) + purchases * (2 * (seats + 2) + 3 + seats)
    }
    /// Before a hold n + 1 items, before an intent n, before a pin n + 2, at a settlement none.
    var tableReads: Double {
        let seats = traffic.seatsPerHold
        return visitors * (2 * seats + 1) + purchases * (seats + 2)
    }

    // MARK: - SQS, Redis, PostgreSQL

    /// Of each of send, receive and delete.
    var sqsCalls: Double { purchases / figures.stores.messagesPerBatch }
    /// Messages in work when each is, from receipt to deletion, one second in a worker.
    var inFlight: Double { purchases }
    /// Enter takes 3 commands, a hold 2 (count and summary), a poll and a summary one for a hundred, since processes keep
    /// what they read for a moment.
    var redisCommands: Double { visitors * 5 + (polls + cacheableReads) / 100 }
    var redisShards: Double {
        max(
            redisCommands / (figures.stores.redisCommandsPerShard * headroom),
            visitors * figures.stores.redisLifetimeSeconds * figures.stores.redisBytesPerVisitor
                / figures.stores.redisShardBytes)
    }
    var databaseCores: Double { visitors / figures.stores.intentsPerCore + purchases / figures.stores.ordersPerCore }
    var auroraACU: Double { databaseCores / figures.stores.coresPerACU / headroom }

    // MARK: - Load balancer

    /// The dearest of its four dimensions; rules are 2 of 10 free ones
    /// (https://aws.amazon.com/elasticloadbalancing/pricing/, "LCU").
    var loadBalancerUnits: Double {
        let requests = publicRequests + confirmRequests
        let connections = requests / traffic.requestsPerConnection
        return [
            connections / 25, connections * traffic.connectionSeconds / 3_000,
            requests * traffic.bytesPerAnswer * 3_600 / 1e9,
        ].max() ?? 0
    }

    // MARK: - Dollars an hour

    func dollars(vcpu: Double, memoryGB: Double, redisNodes: Double, auroraACU: Double, natGateways: Double) -> [String:
        Double]
    {
        let prices = figures.prices
        return [
            "Fargate": vcpu * prices.fargateVCPUHour + memoryGB * prices.fargateGBHour,
            "load balancer": prices.loadBalancerHour + loadBalancerUnits * prices.loadBalancerUnitHour,
            "DynamoDB": (tableWrites * prices.writesPerMillion + tableReads * prices.readsPerMillion) * 3_600 / 1e6,
            "SQS": 3 * sqsCalls * 3_600 / 1e6 * prices.sqsPerMillion,
            "Redis": redisNodes * prices.redisNodeHour,
            "Aurora": 2 * auroraACU * prices.auroraACUHour,
            "NAT gateways": natGateways * prices.natGatewayHour,
        ]
    }
}
