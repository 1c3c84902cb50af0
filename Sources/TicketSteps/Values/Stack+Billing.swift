extension Stack {
    /// What AWS bills by the hour for this stack, used or not, over all regions. Requests, traffic and storage come on top.
    public var hourlyQuantities: [(quantity: Double, unit: String, pricing: String)] {
        let count = Double(regions.count)
        let roles = [services.public, services.confirm, services.worker]
        let initial = roles.reduce(0) { $0 + $1.initialTasks }
        let minimum = roles.reduce(0) { $0 + $1.minimumTasks }
        let size = "\(Double(tasks.cpu) / 1024) vCPU, \(Double(tasks.memoryMiB) / 1024) GiB"
        return [
            (count * (network.nat == .single ? 1 : 3), "NAT gateways", "https://aws.amazon.com/vpc/pricing/"),
            (
                count * 3 * Double(network.endpoints.count), "interface endpoints (one a zone and service)",
                "https://aws.amazon.com/privatelink/pricing/"
            ),
            (count, "application load balancers", "https://aws.amazon.com/elasticloadbalancing/pricing/"),
            (
                count * Double(initial), "Fargate tasks at first (\(size)), \(Int(count) * minimum) when scaled in",
                "https://aws.amazon.com/fargate/pricing/"
            ),
            (
                count * Double(redis.shards * (1 + redis.replicasPerShard)), "\(redis.nodeType) nodes",
                "https://aws.amazon.com/elasticache/pricing/"
            ),
            (
                count * 2 * aurora.minimumACU, "Aurora capacity units at least (a writer and a reader a region)",
                "https://aws.amazon.com/rds/aurora/pricing/"
            ),
        ]
    }
}
