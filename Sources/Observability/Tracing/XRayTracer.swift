public import Tracing

/// swift-distributed-tracing backend for AWS X-Ray.
///
/// A span whose parent is in this process is a subsegment, any other and every server or consumer span a segment; each
/// is sent by itself when it ends. A trace without a decision gets one here. An unsampled span only makes an identifier
/// for the header.
public struct XRayTracer: Tracer {
    private let service: String
    private let sampler: TraceSampler
    private let exporter: XRayExporter?

    /// - Parameters:
    ///   - service: the name of the segments, e.g. "tickctl-public".
    ///   - exporter: nil: headers are continued, nothing is recorded.
    public init(service: String, sampler: TraceSampler, exporter: XRayExporter?) {
        self.service = SegmentDocument.name(service)
        self.sampler = sampler
        self.exporter = exporter
    }

    public func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> XRaySpan {
        var context = context()
        let caller = context.tracePosition
        let id = sampler.makeSegmentID()
        var start: UInt64?
        var header =
            caller?.header
            ?? {
                let now = instant().nanosecondsSinceEpoch
                start = now
                return TraceHeader(root: sampler.makeTraceID(atSecond: now / 1_000_000_000))
            }()
        if header.decision != .sampled, header.decision != .notSampled {
            let now = start ?? instant().nanosecondsSinceEpoch
            start = now
            let isSampled = exporter != nil && sampler.isSampled(atSecond: now / 1_000_000_000)
            header.decision = isSampled ? .sampled : .notSampled
        }
        let parent = header.parent
        header.parent = id
        context.tracePosition = .init(header: header, isLocal: true)
        guard header.decision == .sampled, let exporter else { return XRaySpan(context: context, recording: nil) }
        let isSegment = caller?.isLocal != true || kind == .server || kind == .consumer
        let segment = SegmentDocument(
            name: isSegment ? service : operationName, operation: operationName, id: id, root: header.root,
            parent: parent, isSubsegment: !isSegment, isRemoteCall: kind == .client || kind == .producer,
            startNanoseconds: start ?? instant().nanosecondsSinceEpoch)
        return XRaySpan(context: context, recording: XRaySpan.Recording(segment, exporter))
    }

    /// Nothing is kept back: an ended span is on its way.
    public func forceFlush() {}

    public func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        guard let text = extractor.extract(key: TraceHeader.name, from: carrier), let header = TraceHeader(text)
        else { return }
        context.traceHeader = header
    }

    public func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let header = context.traceHeader else { return }
        injector.inject(header.description, forKey: TraceHeader.name, into: &carrier)
    }
}
