import AWSServices
public import Provisioning

/// One rule of a security group: one direction, one protocol, one range of ports, one peer.
public struct SecurityGroupRule: Sendable, Encodable {
    /// Into the group's members or out of them.
    public enum Direction: String, Sendable, Codable { case ingress, egress }

    /// Who is let in, or what is let out to.
    public enum Peer: Sendable, Encodable {
        case cidr(String)
        case group(Input)
        /// The name of a prefix list that AWS keeps, "com.amazonaws.global.cloudfront.origin-facing".
        case managedPrefixList(String)

        public func encode(to encoder: any Encoder) throws {
            switch self {
            case .cidr(let text), .managedPrefixList(let text): try text.encode(to: encoder)
            case .group(let id): try id.encode(to: encoder)
            }
        }
    }

    public var direction: Direction
    /// "tcp", or "-1" for everything.
    public var ipProtocol: String
    /// nil where the protocol has none.
    public var port: Int?
    public var peer: Peer
    public var description: String?

    public init(_ direction: Direction, tcp port: Int, _ peer: Peer, description: String) {
        self.direction = direction
        ipProtocol = "tcp"
        self.port = port
        self.peer = peer
        self.description = description
    }

    /// What a new group lets out: everything.
    public static let everythingOut = SecurityGroupRule(egressOf: "-1", to: "0.0.0.0/0")

    private init(egressOf ipProtocol: String, to cidr: String) {
        direction = .egress
        self.ipProtocol = ipProtocol
        peer = .cidr(cidr)
    }
}

/// A rule as EC2 has it, or would.
struct ResolvedRule: Sendable, Hashable {
    enum Peer: Sendable, Hashable {
        case cidr(String)
        case cidr6(String)
        case group(String)
        case prefixList(String)

        var text: String {
            switch self {
            case .cidr(let text), .cidr6(let text), .group(let text), .prefixList(let text): text
            }
        }
    }

    /// What makes a rule another one; its description is a mere attribute.
    struct Key: Sendable, Hashable {
        var direction: SecurityGroupRule.Direction
        var ipProtocol: String
        var fromPort: Int?
        var toPort: Int?
        var peer: Peer

        /// "ingress[tcp 443 from 0.0.0.0/0]"
        var setting: String {
            var parts = [ipProtocol == "-1" ? "all" : ipProtocol]
            if let fromPort { parts.append(toPort == fromPort ? "\(fromPort)" : "\(fromPort)-\(toPort ?? fromPort)") }
            return
                "\(direction.rawValue)[\(parts.joined(separator: " ")) \(direction == .ingress ? "from" : "to") \(peer.text)]"
        }
    }

    var key: Key
    var description: String?

    /// The rules of `group`, one peer each; answers join those that share protocol and ports.
    static func all(of group: EC2.SecurityGroup) -> [ResolvedRule] {
        all(of: group.ipPermissions, .ingress) + all(of: group.ipPermissionsEgress, .egress)
    }

    private static func all(
        of permissions: [EC2.IpPermission], _ direction: SecurityGroupRule.Direction
    ) -> [ResolvedRule] {
        permissions.flatMap { permission in
            func rule(_ peer: Peer, _ description: String?) -> ResolvedRule {
                ResolvedRule(
                    key: Key(
                        direction: direction, ipProtocol: permission.ipProtocol, fromPort: permission.fromPort,
                        toPort: permission.toPort, peer: peer),
                    description: description)
            }
            return permission.ipRanges.map { rule(.cidr($0.cidrIp), $0.description) }
                + permission.ipv6Ranges.map { rule(.cidr6($0.cidrIpv6), $0.description) }
                + permission.groups.map { rule(.group($0.groupId), $0.description) }
                + permission.prefixListIds.map { rule(.prefixList($0.prefixListId), $0.description) }
        }
    }

    /// As the calls that add, describe and remove rules take it.
    var permission: EC2.IpPermission {
        var permission = EC2.IpPermission(ipProtocol: key.ipProtocol, fromPort: key.fromPort, toPort: key.toPort)
        switch key.peer {
        case .cidr(let cidr): permission.ipRanges = [.init(cidrIp: cidr, description: description)]
        case .cidr6(let cidr): permission.ipv6Ranges = [.init(cidrIpv6: cidr, description: description)]
        case .group(let id): permission.groups = [.init(groupId: id, description: description)]
        case .prefixList(let id): permission.prefixListIds = [.init(prefixListId: id, description: description)]
        }
        return permission
    }
}
