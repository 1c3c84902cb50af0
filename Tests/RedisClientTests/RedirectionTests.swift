import Testing

@testable import RedisClient

struct RedirectionTests {
    @Test(
        "error answers of a cluster",
        arguments: [
            (
                "MOVED 3999 127.0.0.1:6381",
                Redirection.moved(slot: 3_999, to: NodeAddress(host: "127.0.0.1", port: 6381))
            ),
            ("MOVED 3999 :6381", .moved(slot: 3_999, to: NodeAddress(host: "asked", port: 6381))),
            ("MOVED 1 fe80::1:6381", .moved(slot: 1, to: NodeAddress(host: "fe80::1", port: 6381))),
            ("ASK 3999 node.example:6381", .ask(NodeAddress(host: "node.example", port: 6381))),
            ("TRYAGAIN Multiple keys request during rehashing of slot", .tryAgain),
            ("CLUSTERDOWN The cluster is down", .clusterDown),
            ("MASTERDOWN Link with MASTER is down", .clusterDown),
            ("MOVED", nil), ("MOVED 16384 h:1", nil), ("MOVED x h:1", nil), ("MOVED -1 h:1", nil), ("MOVED 1 h", nil),
            ("MOVED 1 h:0", nil), ("MOVED 1 h:99999", nil), ("ASK 1", nil), ("", nil), ("ERR MOVED 1 h:1", nil),
        ] as [(String, Redirection?)])
    func answers(answer: String, redirection: Redirection?) {
        #expect(Redirection(answer: answer, askedHost: "asked") == redirection)
    }
}
