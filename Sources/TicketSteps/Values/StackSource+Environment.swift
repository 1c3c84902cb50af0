internal import StrictYAML

extension Stack {
    /// The variables that override the file's values, with what each sets; `env.sh` explains them to users.
    public static let variables: [(name: String, sets: String)] = [
        ("APP_NAME", "name"), ("AWS_ACCOUNT_ID", "account"), ("AWS_REGIONS", "regions"),
        ("VPC_CIDR", "regions[].vpcCIDR"),
        ("AURORA_CLUSTER_ID", "aurora.clusterID"), ("REDIS_CLUSTER_ID", "redis.clusterID"), ("IMAGE_TAG", "image.tag"),
    ]
}

extension StackSource {
    /// Takes what `environment` overrides; empty variables count as absent.
    public mutating func override(with environment: [String: String]) {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        func list(_ name: String) -> [String]? {
            value(name).map { $0.split(whereSeparator: { ", ".contains($0) }).map(String.init) }
        }
        func set(_ path: String, from variable: String, _ assign: (String) -> Void) {
            guard let value = value(variable) else { return }
            assign(value)
            variables[path] = variable
        }
        set("name", from: "APP_NAME") { stack.name = $0 }
        set("account", from: "AWS_ACCOUNT_ID") { stack.account = $0 }
        set("aurora.clusterID", from: "AURORA_CLUSTER_ID") { stack.aurora.clusterID = $0 }
        set("redis.clusterID", from: "REDIS_CLUSTER_ID") { stack.redis.clusterID = $0 }
        set("image.tag", from: "IMAGE_TAG") { stack.image.tag = $0 }
        if let names = list("AWS_REGIONS") { replaceRegions(with: names, from: "AWS_REGIONS") }
        if let blocks = list("VPC_CIDR") { replaceBlocks(with: blocks, from: "VPC_CIDR") }
    }

    /// A region that the file describes keeps its other values, and their lines.
    private mutating func replaceRegions(with names: [String], from variable: String) {
        let (given, givenLines) = (stack.regions, lines)
        lines = lines.filter { !$0.key.hasPrefix("regions[") }
        variables["regions"] = variable
        stack.regions = names.enumerated().map { index, name in
            variables["regions[\(index)].name"] = variable
            guard let known = given.firstIndex(where: { $0.name == name }) else {
                variables["regions[\(index)].vpcCIDR"] = variable
                return Stack.Region(name: name, vpcCIDR: "10.\(11 + index).0.0/16")
            }
            for (path, line) in givenLines where path.hasPrefix("regions[\(known)].") {
                lines["regions[\(index)].\(path.drop { $0 != "." }.dropFirst())"] = line
            }
            return given[known]
        }
    }

    private mutating func replaceBlocks(with blocks: [String], from variable: String) {
        guard blocks.count == stack.regions.count else {
            problems.append(
                ValueProblem(
                    source: "environment", line: nil, path: variable,
                    message: "names \(blocks.count) blocks for \(stack.regions.count) regions "
                        + "(\(stack.regions.map(\.name).joined(separator: ", "))); give one block a region, in that order"
                ))
            return
        }
        for index in blocks.indices {
            stack.regions[index].vpcCIDR = blocks[index]
            variables["regions[\(index)].vpcCIDR"] = variable
        }
    }
}
