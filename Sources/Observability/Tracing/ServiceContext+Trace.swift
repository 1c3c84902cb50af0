public import Logging
public import Tracing

extension ServiceContext {
    /// The trace: as it came, or with the running segment as its parent. What goes to whom is called.
    public var traceHeader: TraceHeader? {
        get { self[TracePosition.self]?.header }
        set { self[TracePosition.self] = newValue.map { TracePosition.Value(header: $0, isLocal: false) } }
    }

    /// `x-request-id`.
    public var requestID: String? {
        get { self[RequestIDKey.self] }
        set { self[RequestIDKey.self] = newValue }
    }

    var tracePosition: TracePosition.Value? {
        get { self[TracePosition.self] }
        set { self[TracePosition.self] = newValue }
    }
}

enum TracePosition: ServiceContextKey {
    struct Value: Sendable {
        var header: TraceHeader
        /// Whether the parent is a segment of this process.
        var isLocal: Bool
    }
}

private enum RequestIDKey: ServiceContextKey {
    typealias Value = String
}

extension Logger.MetadataProvider {
    /// `trace_id` and `request_id` of the task's `ServiceContext`.
    public static let serviceContext = Logger.MetadataProvider {
        var metadata = Logger.Metadata()
        guard let context = ServiceContext.current else { return metadata }
        if let root = context.traceHeader?.root { metadata[LogKey.traceID.rawValue] = .stringConvertible(root) }
        if let request = context.requestID { metadata[LogKey.requestID.rawValue] = .string(request) }
        return metadata
    }
}

/// Carries the trace in the system attributes of an SQS message.
public struct SQSTraceCarrier: Injector, Extractor {
    public init() {}

    public func inject(_ value: String, forKey key: String, into attributes: inout [String: String]) {
        attributes[attribute(key)] = value
    }

    public func extract(key: String, from attributes: [String: String]) -> String? { attributes[attribute(key)] }

    private func attribute(_ key: String) -> String { key == TraceHeader.name ? TraceHeader.sqsAttributeName : key }
}
