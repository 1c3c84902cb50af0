/// Which primary has which slot, as a node's `CLUSTER SLOTS` tells
/// (https://redis.io/docs/latest/commands/cluster-slots/).
struct SlotMap: Equatable {
    private var owners: [NodeAddress?]
    private(set) var replicas: Set<NodeAddress> = []

    /// `askedHost`: stands for a node that does not know its own address.
    /// nil: not an answer of CLUSTER SLOTS.
    init?(_ answer: RedisValue, askedHost: String) {
        guard let ranges = answer.arrayValue else { return nil }
        owners = Array(repeating: nil, count: KeySlot.count)
        for range in ranges {
            guard let fields = range.arrayValue, fields.count >= 3,
                let first = fields[0].integerValue, let last = fields[1].integerValue,
                first >= 0, first <= last, last < KeySlot.count
            else { return nil }
            let nodes = fields[2...].compactMap { Self.node($0, askedHost: askedHost) }
            guard nodes.count == fields.count - 2 else { return nil }
            for slot in Int(first)...Int(last) { owners[slot] = nodes[0] }
            replicas.formUnion(nodes.dropFirst())
        }
    }

    private static func node(_ value: RedisValue, askedHost: String) -> NodeAddress? {
        guard let fields = value.arrayValue, fields.count >= 2, let port = fields[1].integerValue,
            (1...65535).contains(port)
        else { return nil }
        let host = fields[0].stringValue ?? ""
        return NodeAddress(host: host.isEmpty || host == "?" ? askedHost : host, port: Int(port))
    }

    /// nil: no node has it.
    subscript(slot: Int) -> NodeAddress? { owners[slot] }

    mutating func move(slot: Int, to address: NodeAddress) { owners[slot] = address }

    /// Every slot has a primary.
    var isComplete: Bool { !owners.contains(nil) }

    var primaries: Set<NodeAddress> {
        var primaries: Set<NodeAddress> = []
        var previous: NodeAddress?
        for owner in owners where owner != previous {
            previous = owner
            if let owner { primaries.insert(owner) }
        }
        return primaries
    }
}
