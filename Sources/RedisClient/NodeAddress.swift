/// Where a node listens.
struct NodeAddress: Hashable, Sendable, CustomStringConvertible {
    var host: String
    var port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// "10.0.0.1:6379", "[::1]:6379", "::1:6379" (as cluster nodes write it), or ":6379" for the host that was asked.
    init?(_ text: Substring, askedHost: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (1...65535).contains(port)
        else { return nil }
        var host = text[..<colon]
        if host.first == "[", host.last == "]" { host = host.dropFirst().dropLast() }
        self.init(host: host.isEmpty || host == "?" ? askedHost : String(host), port: port)
    }

    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
