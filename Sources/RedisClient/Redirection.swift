/// What an error answer asks a cluster's client to do
/// (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#redirection-and-resharding).
enum Redirection: Equatable {
    /// The slot has moved for good.
    case moved(slot: Int, to: NodeAddress)
    /// This key has moved already, its slot is still moving.
    case ask(NodeAddress)
    /// Some keys have moved and some have not.
    case tryAgain
    /// The cluster is choosing another primary.
    case clusterDown

    /// `answer`: "MOVED 3999 127.0.0.1:6381". nil: no redirection.
    init?(answer: String, askedHost: String) {
        let words = answer.split(separator: " ")
        switch words.first {
        case "MOVED":
            guard words.count >= 3, let slot = Int(words[1]), (0..<KeySlot.count).contains(slot),
                let address = NodeAddress(words[2], askedHost: askedHost)
            else { return nil }
            self = .moved(slot: slot, to: address)
        case "ASK":
            guard words.count >= 3, let address = NodeAddress(words[2], askedHost: askedHost) else { return nil }
            self = .ask(address)
        case "TRYAGAIN": self = .tryAgain
        case "CLUSTERDOWN", "MASTERDOWN": self = .clusterDown
        default: return nil
        }
    }
}
