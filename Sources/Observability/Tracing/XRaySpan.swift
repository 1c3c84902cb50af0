internal import Synchronization
public import Tracing

/// A span of `XRayTracer`. Unsampled it is only its context.
public struct XRaySpan: Tracing.Span {
    /// A sampled span's segment until it is sent.
    final class Recording: Sendable {
        /// nil once ended.
        private let segment: Mutex<SegmentDocument?>
        private let exporter: XRayExporter

        init(_ segment: SegmentDocument, _ exporter: XRayExporter) {
            self.segment = Mutex(segment)
            self.exporter = exporter
        }

        var isOpen: Bool { segment.withLock { $0 != nil } }

        func read<Value: Sendable>(_ value: (SegmentDocument) -> Value) -> Value? {
            segment.withLock { $0.map(value) }
        }

        func update(_ change: (inout SegmentDocument) -> Void) {
            segment.withLock { segment in
                guard var open = segment else { return }
                segment = nil
                change(&open)
                segment = open
            }
        }

        func end(at nanoseconds: UInt64) {
            let ended = segment.withLock { segment in
                defer { segment = nil }
                return segment
            }
            if let ended { exporter.send(ended.datagram(endNanoseconds: nanoseconds)) }
        }
    }

    public let context: ServiceContext
    private let recording: Recording?

    init(context: ServiceContext, recording: Recording?) {
        self.context = context
        self.recording = recording
    }

    public var isRecording: Bool { recording?.isOpen ?? false }

    /// Empty when unsampled.
    public var operationName: String {
        get { recording?.read(\.operation) ?? "" }
        nonmutating set { recording?.update { $0.rename(newValue) } }
    }

    /// `XRayAttribute` names fill the segment's http and aws; the others are its annotations.
    public var attributes: SpanAttributes {
        get { recording?.read(\.attributes) ?? [:] }
        nonmutating set { recording?.update { $0.attributes = newValue } }
    }

    /// An error is a fault of ours, unless an HTTP status says otherwise.
    public func setStatus(_ status: SpanStatus) { recording?.update { $0.isFailed = status.code == .error } }

    public func recordError<Instant: TracerInstant>(
        _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
    ) {
        recording?.update { $0.record(error) }
    }

    /// X-Ray has no events: only the last one's name is kept, as the annotation "event".
    public func addEvent(_ event: SpanEvent) {
        recording?.update { $0.attributes["event"] = event.name }
    }

    /// The linked trace's id becomes the annotation "linked_trace_id".
    public func addLink(_ link: SpanLink) {
        guard let root = link.context.traceHeader?.root else { return }
        recording?.update { $0.attributes["linked_trace_id"] = root.description }
    }

    public func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        guard let recording else { return }
        recording.end(at: instant().nanosecondsSinceEpoch)
    }
}
