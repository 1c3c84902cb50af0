import FoundationEssentials

extension RedisConfiguration {
    /// Parses `redis://[[user]:password@]host[:port][/database][?cluster=true|false]`; `rediss://` is TLS.
    ///
    /// `cluster` sets the mode; without it the node is asked. `password`, if not empty, takes the place of the URL's.
    /// - Throws: `RedisError` of kind `configuration`; its message quotes no part of the URL.
    public init(url: String, password: String? = nil) throws(RedisError) {
        let hint = "percent-encode reserved characters of the password (@ is %40, / is %2F, # is %23)"
        guard let components = URLComponents(string: url) else {
            throw Self.unusable("it cannot be parsed; \(hint)")
        }
        guard let scheme = components.scheme, ["redis", "rediss"].contains(scheme) else {
            throw Self.unusable("its scheme is neither redis nor rediss")
        }
        // A password with an unescaped '@', '/', '?' or '#' slides into the other parts and would be printed from there.
        guard var host = components.host, !host.isEmpty, !host.contains("@"), components.fragment == nil else {
            throw Self.unusable("it has no host, or a reserved character is not encoded; \(hint)")
        }
        if host.first == "[", host.last == "]" { host = String(host.dropFirst().dropLast()) }
        let port = components.port ?? 6379
        guard (1...65535).contains(port), components.port != nil || components.rangeOfPort == nil else {
            throw Self.unusable("its port is not a number from 1 to 65535; \(hint)")
        }
        self.init(host: host, port: port)

        let path = components.path.drop { $0 == "/" }
        if !path.isEmpty {
            guard let number = Int(path), (0...0xFFFF).contains(number) else {
                throw Self.unusable("its database is not a number; \(hint)")
            }
            database = number
        }
        for item in components.queryItems ?? [] {
            switch (item.name, item.value) {
            case ("cluster", "true"): mode = .cluster
            case ("cluster", "false"): mode = .single
            default: throw Self.unusable("its query may only be cluster=true or cluster=false; \(hint)")
            }
        }
        if let user = components.user, !user.isEmpty { username = user }
        let signIn = [password, components.password].compactMap { $0 }.first { !$0.isEmpty }
        self.password = signIn
        guard username == nil || signIn != nil else { throw Self.unusable("it has a user but no password") }
        if scheme == "rediss" { tls = TLS() }
    }

    private static func unusable(_ why: String) -> RedisError {
        RedisError(
            kind: .configuration,
            message: "the Redis URL is unusable: \(why); expected redis://[USER:PASSWORD@]HOST:PORT[/DATABASE]"
                + "[?cluster=true], or rediss:// for TLS",
            target: "(not parsed)")
    }

    /// - Throws: `RedisError` of kind `configuration` when a limit or a combination makes no sense.
    func check() throws(RedisError) {
        let complaint: String? =
            if !(1...65535).contains(port) {
                "the port must be from 1 to 65535"
            } else if mode == .cluster, database != 0 {
                "a cluster has database 0 only"
            } else if [commandTimeout, connectTimeout, stallTimeout, maxReconnectDelay].contains(where: {
                $0 < .milliseconds(1) || $0 > .seconds(3_600)
            }) {
                "time limits must be from a millisecond to an hour"
            } else if [maxPendingCommands, maxUnwrittenBytes, maxReplyBytes].contains(where: { $0 <= 0 }) {
                "limits must be above zero"
            } else if clientName.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) {
                "the client's name must not have spaces"
            } else {
                nil
            }
        if let complaint { throw RedisError(kind: .configuration, message: complaint, target: target) }
    }
}
