extension Stack {
    /// The variables that override the file's values, with what each sets; `env.sh` explains them to users.
    public static let variables: [(name: String, sets: String)] = [
        ("APP_NAME", "name"), ("AWS_ACCOUNT_ID", "account"), ("AWS_REGIONS", "regions"),
        ("VPC_CIDR", "regions[].vpcCIDR"),
        ("AURORA_CLUSTER_ID", "aurora.clusterID"), ("REDIS_CLUSTER_ID", "redis.clusterID"), ("IMAGE_TAG", "image.tag"),
    ]

    /// Takes what `environment` overrides; empty variables count as absent.
    /// - Throws: `StackProblems`.
    public mutating func override(with environment: [String: String]) throws {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        func list(_ name: String) -> [String]? {
            value(name).map { $0.split(whereSeparator: { ", ".contains($0) }).map(String.init) }
        }
        if let name = value("APP_NAME") { self.name = name }
        if let account = value("AWS_ACCOUNT_ID") { self.account = account }
        if let identifier = value("AURORA_CLUSTER_ID") { aurora.clusterID = identifier }
        if let identifier = value("REDIS_CLUSTER_ID") { redis.clusterID = identifier }
        if let tag = value("IMAGE_TAG") { image.tag = tag }
        let blocks = list("VPC_CIDR")
        if let names = list("AWS_REGIONS") {
            let given = regions
            regions = names.enumerated().map { index, name in
                given.first { $0.name == name } ?? Region(name: name, vpcCIDR: "10.\(11 + index).0.0/16")
            }
        }
        if let blocks {
            guard blocks.count == regions.count else {
                throw StackProblems(problems: [
                    StackProblem(
                        source: "environment", line: nil, path: "VPC_CIDR",
                        message: "names \(blocks.count) blocks for \(regions.count) regions "
                            + "(\(regions.map(\.name).joined(separator: ", "))); give one block a region, in that order"
                    )
                ])
            }
            for index in regions.indices { regions[index].vpcCIDR = blocks[index] }
        }
    }
}
