public import Logging

extension Logger.Level {
    /// Reads `LOG_LEVEL`: trace, debug, info, notice, warning, error or critical, in any case.
    /// - Throws: `ObservabilityError` (`invalidSetting`) that names the allowed ones.
    public static func parse(_ text: String, setting: String = "LOG_LEVEL") throws(ObservabilityError) -> Self {
        guard let level = Self(rawValue: text.lowercased()) else {
            let allowed = allCases.map(\.rawValue).joined(separator: ", ")
            throw ObservabilityError(
                .invalidSetting, "\(setting)=\(text.prefix(40)) is no log level: set it to one of \(allowed)")
        }
        return level
    }
}
