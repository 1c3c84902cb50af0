public import Logging

/// The settings of `Telemetry`.
public struct TelemetryConfiguration: Sendable {
    /// "public", "confirm", "worker" or "all": a label of everything.
    public var role: String
    public var region: String?
    public var logLevel: Logger.Level
    public var isEMFEnabled: Bool
    /// nil: no trace is recorded.
    public var daemon: XRayDaemonAddress?
    /// Share of the traces begun here that is recorded, beside the first of each second; 0 to 1.
    public var sampleRate: Double

    public init(
        role: String, region: String? = nil, logLevel: Logger.Level = .info, isEMFEnabled: Bool = false,
        daemon: XRayDaemonAddress? = .standard, sampleRate: Double = 0.05
    ) {
        self.role = role
        self.region = region
        self.logLevel = logLevel
        self.isEMFEnabled = isEMFEnabled
        self.daemon = daemon
        self.sampleRate = sampleRate
    }

    /// What is read beside AWS_REGION (or AWS_DEFAULT_REGION).
    public static let variables = [
        "LOG_LEVEL", "METRICS_EMF", "AWS_XRAY_DAEMON_ADDRESS", "AWS_XRAY_SDK_ENABLED", "XRAY_SAMPLE_RATE",
    ]

    /// Reads `variables` and the region; an empty value is an absent one.
    /// - Throws: `ObservabilityError` (`invalidSetting`) that names the setting.
    public init(role: String, environment: [String: String]) throws(ObservabilityError) {
        let settings = environment.filter { !$0.value.isEmpty }
        self.init(role: role, region: settings["AWS_REGION"] ?? settings["AWS_DEFAULT_REGION"])
        if let level = settings["LOG_LEVEL"] { logLevel = try Logger.Level.parse(level) }
        isEMFEnabled = try Self.flag("METRICS_EMF", in: settings) ?? false
        if let address = settings["AWS_XRAY_DAEMON_ADDRESS"] { daemon = try XRayDaemonAddress.parse(address) }
        if try Self.flag("AWS_XRAY_SDK_ENABLED", in: settings) == false { daemon = nil }
        if let text = settings["XRAY_SAMPLE_RATE"] {
            guard let rate = Double(text), (0...1).contains(rate) else {
                throw ObservabilityError(
                    .invalidSetting, "XRAY_SAMPLE_RATE=\(text.prefix(40)) is no share: set it to a number from 0 to 1")
            }
            sampleRate = rate
        }
    }

    private static func flag(
        _ name: String, in settings: [String: String]
    ) throws(ObservabilityError) -> Bool? {
        switch settings[name]?.lowercased() {
        case nil: return nil
        case "true", "1": return true
        case "false", "0": return false
        case .some(let text):
            throw ObservabilityError(
                .invalidSetting, "\(name)=\(text.prefix(40)) is neither true nor false: set it to one of them")
        }
    }
}
