/// Where the X-Ray daemon listens for UDP
/// (https://docs.aws.amazon.com/xray/latest/devguide/xray-daemon-configuration.html).
public struct XRayDaemonAddress: Sendable, Hashable {
    public var host: String
    public var port: Int

    public static let standard = XRayDaemonAddress(host: "127.0.0.1", port: 2_000)

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `AWS_XRAY_DAEMON_ADDRESS`: "host:port", "[::1]:2000", or "tcp:host:port udp:host:port" of which the udp
    /// part counts.
    /// - Throws: `ObservabilityError` (`invalidSetting`).
    public static func parse(_ text: String) throws(ObservabilityError) -> XRayDaemonAddress {
        let parts = text.split(separator: " ")
        let part = parts.count == 1 ? parts[0] : parts.first { $0.hasPrefix("udp:") } ?? ""
        let endpoint = part.hasPrefix("udp:") ? part.dropFirst(4) : part
        if let colon = endpoint.lastIndex(of: ":"), let port = UInt16(endpoint[endpoint.index(after: colon)...]),
            port > 0
        {
            let host = endpoint[..<colon]
            let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
            let bare = isBracketed ? host.dropFirst().dropLast() : host
            if !bare.isEmpty, isBracketed || !bare.contains(":") {
                return XRayDaemonAddress(host: String(bare), port: Int(port))
            }
        }
        throw ObservabilityError(
            .invalidSetting,
            "AWS_XRAY_DAEMON_ADDRESS=\(text.prefix(80)) is no address: "
                + "set it to host:port, e.g. 127.0.0.1:2000, or unset it"
        )
    }
}
