public import Logging

/// The names of log metadata: every line of the services uses these and no others.
public enum LogKey: String, CaseIterable, Sendable {
    case traceID = "trace_id"
    case requestID = "request_id"

    case address, attempt, backend, bytes, code, count, error, method, port, queue, reason, region, role, route
    case service, signal, status, version
    case durationMilliseconds = "duration_ms"
    case eventID = "event_id"
    case holdID = "hold_id"
    case intentID = "intent_id"
    case messageID = "message_id"
    case orderID = "order_id"
}

extension Logger {
    public subscript(_ key: LogKey) -> Metadata.Value? {
        get { self[metadataKey: key.rawValue] }
        set { self[metadataKey: key.rawValue] = newValue }
    }
}

extension [String: Logger.MetadataValue] {
    /// `logger.info("listening", metadata: .keys([.port: "3000"]))`
    public static func keys(_ values: KeyValuePairs<LogKey, Logger.MetadataValue>) -> Self {
        var metadata = Self(minimumCapacity: values.count)
        for (key, value) in values { metadata[key.rawValue] = value }
        return metadata
    }
}
