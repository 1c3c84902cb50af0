internal import Glibc
internal import NIOCore
internal import Synchronization

/// The addresses of a host, looked up anew now and then: a load balancer adds addresses while it grows.
final class Resolution: Sendable {
    static let interval: TimeAmount = .seconds(30)

    private let endpoint: Endpoint
    private let addresses: Mutex<[SocketAddress]>

    /// Blocks while it looks the name up.
    /// - Throws: `LoadTestError` `target`.
    init(_ endpoint: Endpoint) throws {
        self.endpoint = endpoint
        addresses = Mutex(try Self.lookUp(endpoint))
    }

    /// Each number has one of the addresses, in turn.
    func address(_ number: Int) -> SocketAddress {
        addresses.withLock { $0[abs(number % $0.count)] }
    }

    /// Blocks. When the name cannot be resolved at the moment, the addresses stay.
    func refresh() {
        guard let found = try? Self.lookUp(endpoint) else { return }
        addresses.withLock { $0 = found }
    }

    private static func lookUp(_ endpoint: Endpoint) throws -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(endpoint.host, String(endpoint.port), &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard status == 0 else {
            throw LoadTestError(
                .target, "\(endpoint.host) cannot be resolved: \(String(cString: gai_strerror(status)))",
                next: "check the name, and the DNS of this machine")
        }
        var found: [SocketAddress] = []
        var next = list
        while let entry = next?.pointee {
            if let address = entry.ai_addr {
                switch entry.ai_family {
                case AF_INET:
                    address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                        found.append(SocketAddress($0.pointee, host: endpoint.host))
                    }
                case AF_INET6:
                    address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                        found.append(SocketAddress($0.pointee, host: endpoint.host))
                    }
                default: break
                }
            }
            next = entry.ai_next
        }
        // A machine without IPv6 routes reaches the other family only; one family keeps the turns even.
        let families = found.filter { if case .v4 = $0 { true } else { false } }
        let usable = families.isEmpty ? found : families
        guard !usable.isEmpty else {
            throw LoadTestError(
                .target, "\(endpoint.host) has no IP address", next: "check the name, and the DNS of this machine")
        }
        return usable
    }
}
