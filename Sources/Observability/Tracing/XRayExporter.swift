public import Metrics
public import NIOCore
internal import NIOPosix
internal import Synchronization

/// Sends segment documents to the X-Ray daemon, one UDP datagram each. Never waits: what does not fit is dropped and
/// counted.
public final class XRayExporter: Sendable {
    private let channel: any Channel
    private let daemon: SocketAddress
    private let maximumPending: Int
    private let pending = Atomic<Int>(0)
    private let sent: Counter
    private let dropped: Counter

    /// Opens the socket; nothing has to listen yet. `maximumPending`: datagrams handed over and not yet sent.
    /// - Throws: `ObservabilityError` (`unreachableDaemon`).
    public static func open(
        _ address: XRayDaemonAddress, group: any EventLoopGroup, maximumPending: Int = 1_000,
        factory: any MetricsFactory
    ) async throws(ObservabilityError) -> XRayExporter {
        do {
            let daemon = try SocketAddress.makeAddressResolvingHost(address.host, port: address.port)
            // Not connected: an absent daemon's ICMP answers must not turn into errors of this socket.
            let own = try SocketAddress(ipAddress: daemon.protocol == .inet6 ? "::" : "0.0.0.0", port: 0)
            let channel = try await DatagramBootstrap(group: group).bind(to: own).get()
            return XRayExporter(channel, daemon, maximumPending, factory)
        } catch {
            throw ObservabilityError(
                .unreachableDaemon,
                "cannot send traces to \(address.host):\(address.port): check AWS_XRAY_DAEMON_ADDRESS, "
                    + "or set AWS_XRAY_SDK_ENABLED=false", underlying: error)
        }
    }

    private init(
        _ channel: any Channel, _ daemon: SocketAddress, _ maximumPending: Int, _ factory: any MetricsFactory
    ) {
        self.channel = channel
        self.daemon = daemon
        self.maximumPending = maximumPending
        sent = Counter(label: "xray_segments_sent_total", factory: factory)
        dropped = Counter(label: "xray_segments_dropped_total", factory: factory)
    }

    func send(_ datagram: [UInt8]) {
        guard pending.wrappingAdd(1, ordering: .relaxed).oldValue < maximumPending else {
            pending.wrappingSubtract(1, ordering: .relaxed)
            return dropped.increment()
        }
        let envelope = AddressedEnvelope(remoteAddress: daemon, data: ByteBuffer(bytes: datagram))
        channel.writeAndFlush(envelope).whenComplete { [self] result in
            pending.wrappingSubtract(1, ordering: .relaxed)
            switch result {
            case .success: sent.increment()
            case .failure: dropped.increment()
            }
        }
    }

    /// Closes the socket after what was handed over; later segments are dropped.
    public func close() async {
        // The channel fails a close only when it is closed already.
        try? await channel.close().get()
    }
}
