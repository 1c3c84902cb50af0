/// Three primaries and a replica of each, on 127.0.0.1.
public final class RedisCluster: Sendable {
    public let nodes: [RedisServer]

    /// - Parameter nodeTimeoutMilliseconds: after which a silent node is taken for dead. By default more than a busy machine
    ///   lets any wait, so that no replica takes over from a primary that lives.
    public init(nodeTimeoutMilliseconds: Int = 10_000) throws {
        nodes = try (0..<6).map { _ in
            try RedisServer(.init(clusterNodeTimeoutMilliseconds: nodeTimeoutMilliseconds))
        }
        let addresses = nodes.map { "127.0.0.1:\($0.port)" }
        try RedisServer.run(
            "redis-cli", ["--cluster", "create"] + addresses + ["--cluster-replicas", "1", "--cluster-yes"])
        let nodes = nodes
        try RedisServer.wait(for: "six nodes that agree") {
            try nodes.allSatisfy { node in
                let isWhole = try node.command("CLUSTER", "INFO").contains("cluster_state:ok")
                let roles = try node.command("CLUSTER", "NODES").split(separator: "\n")
                return isWhole && roles.count { $0.contains("slave ") } == 3
            }
        }
        try RedisServer.wait(for: "replicas in step") {
            try nodes.allSatisfy { node in
                let text = try node.command("INFO", "replication")
                return text.contains("role:master") || text.contains("master_link_status:up")
            }
        }
    }

    /// Any node will do to begin with.
    public var url: String { "redis://127.0.0.1:\(nodes[0].port)?cluster=true" }

    /// The primary that has `slot` now, as the node `witness` sees it.
    public func primary(of slot: Int, seenBy witness: RedisServer) throws -> RedisServer {
        for line in try witness.command("CLUSTER", "NODES").split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 8, words[2].contains("master"), !words[2].contains("fail") else { continue }
            let isOwner = words[8...].contains { range in
                let ends = range.split(separator: "-").compactMap { Int($0) }
                return ends.first.map { $0 <= slot && slot <= ends[ends.count - 1] } ?? false
            }
            let port = words[1].prefix { $0 != "@" }.split(separator: ":").last
            if isOwner, let node = nodes.first(where: { port == "\($0.port)" }) { return node }
        }
        throw RedisServer.Unusable(description: "no primary has slot \(slot)")
    }
}
