import Ticketing

extension StackValidation {
    /// Two kinds of subnet in three zones.
    private static let subnets = 6
    private static let zones = 3
    /// Addresses that AWS keeps of each subnet
    /// (https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html).
    private static let addressesKept = 5
    /// The shortest prefix of a VPC (https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html).
    private static let largestBlock = 16
    private static let privateBlocks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].compactMap(CIDR.init)

    /// Regions, their blocks, and whether all that runs finds an address.
    func checkNetwork() {
        if stack.regions.isEmpty {
            report("regions", message: "must name at least one region, with its vpcCIDR")
        }
        checkDistinct(stack.regions.map(\.name)) { "regions[\($0)].name" }
        for (index, region) in stack.regions.enumerated() {
            if !region.name.matches(/[a-z]{2,4}(-[a-z]+)+-[1-9]/) {
                report(
                    "regions[\(index)].name",
                    message: "\"\(region.name)\" is not the name of a region, such as ap-northeast-1")
            }
        }
        checkBlocks()
        checkDistinct(stack.network.endpoints) { "network.endpoints[\($0)]" }
        for (index, endpoint) in stack.network.endpoints.enumerated()
        where !NetworkStep.interfaceServices.contains(endpoint) {
            report(
                "network.endpoints[\(index)]", "network.endpoints",
                message: "there is no endpoint \"\(endpoint)\" here; choose of "
                    + NetworkStep.interfaceServices.joined(separator: ", "))
        }
        checkAddresses()
    }

    private func checkBlocks() {
        var sound: [(path: String, region: String, block: CIDR)] = []
        for (index, region) in stack.regions.enumerated() {
            let path = "regions[\(index)].vpcCIDR"
            guard let block = CIDR(region.vpcCIDR) else {
                report(path, message: Self.explain(unreadable: region.vpcCIDR))
                continue
            }
            guard Self.privateBlocks.contains(where: { $0.contains(block) }) else {
                report(
                    path,
                    message:
                        "\(block) is not private; choose a block within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16 "
                        + "(RFC 1918)")
                continue
            }
            guard (Self.largestBlock...24).contains(block.prefixLength) else {
                report(
                    path,
                    message: "\(block) must be from /16 to /24: AWS has no larger VPC, and six subnets no room in less")
                continue
            }
            if let other = sound.first(where: { $0.block.overlaps(block) }) {
                report(
                    path, other.path,
                    message:
                        "\(block) overlaps with \(other.block) of \(other.region); the regions' blocks must be apart")
            }
            checkSubnets(of: block, path)
            sound.append((path, region.name, block))
        }
    }

    private func checkSubnets(of block: CIDR, _ path: String) {
        let prefix = stack.network.subnetPrefix
        guard block.subdivided(into: Self.subnets, prefixLength: prefix) == nil else { return }
        let count = prefix < block.prefixLength ? 0 : 1 << (prefix - block.prefixLength)
        report(
            "network.subnetPrefix", path,
            message: "\(block) holds \(count) subnets of /\(prefix), and \(Self.subnets) are needed; set "
                + "network.subnetPrefix to \(block.prefixLength + 3) or more"
                + (prefix - 3 < Self.largestBlock ? "" : ", or vpcCIDR to a /\(prefix - 3) or larger"))
    }

    /// Public subnets hold a load balancer, which wants 8 free addresses
    /// (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html), and a NAT
    /// gateway: they fit in the smallest subnet there is. So the private ones decide.
    private func checkAddresses() {
        let services = Role.allCases.map { stack.services[$0].maximumTasks }.reduce(0, +)
        // A deployment starts as many new tasks as there are (maximumPercent 200) before it stops the old ones.
        let tasks = 2 * Self.perZone(services)
        let nodes = Self.perZone(stack.redis.shards * (1 + stack.redis.replicasPerShard))
        // Both instances of Aurora may come to stand in one zone; step 08 runs one task.
        let needed = tasks + stack.network.endpoints.count + nodes + 2 + 1
        let prefix = stack.network.subnetPrefix
        let free = (1 << (32 - prefix)) - Self.addressesKept
        guard needed > free else { return }
        let enough = (0...prefix).last { (1 << (32 - $0)) - Self.addressesKept >= needed } ?? 0
        report(
            "network.subnetPrefix", "services.public.maximumTasks", "services.confirm.maximumTasks",
            "services.worker.maximumTasks", "redis.shards",
            message:
                "a /\(prefix) has \(free) free addresses, and each private subnet needs \(needed): \(tasks) for tasks "
                + "during a deployment at the maximum, \(nodes) for Redis, \(stack.network.endpoints.count) for endpoints, "
                + "2 for Aurora, 1 for step 08; "
                + (enough - 3 < Self.largestBlock
                    ? "no VPC holds six subnets of that size: lower services.*.maximumTasks"
                    : "set network.subnetPrefix to \(enough) or less and each vpcCIDR to a /\(enough - 3) or larger, or "
                        + "lower services.*.maximumTasks"))
    }

    private static func perZone(_ count: Int) -> Int { (count + zones - 1) / zones }

    private static func explain(unreadable text: String) -> String {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count == 2, let host = CIDR("\(parts[0])/32"), let length = Int(parts[1]), (1...32).contains(length) {
            let address = host.address & ~0 << UInt32(32 - length)
            let octets = [24, 16, 8, 0].map { String(address >> UInt32($0) & 255) }.joined(separator: ".")
            return "\"\(text)\" has bits set behind its prefix; the block is \(octets)/\(length)"
        }
        return "\"\(text)\" is not a block of IPv4 addresses, such as 10.11.0.0/16"
    }
}
