import Dispatch
import Foundation
import NIOCore
import NIOPosix
import TestSupport
import Testing
import Tracing

@testable import Observability

@Suite struct XRayTracerTests {
    /// A tracer that sends to a real socket.
    private struct Rig {
        let receiver: DatagramReceiver
        let registry = PrometheusRegistry()
        let exporter: XRayExporter
        let tracer: XRayTracer

        init(
            group: MultiThreadedEventLoopGroup = .singleton, sampler: TraceSampler = .never(),
            maximumPending: Int = 1_000
        ) async throws {
            receiver = try DatagramReceiver()
            exporter = try await XRayExporter.open(
                .init(host: "127.0.0.1", port: receiver.port), group: group, maximumPending: maximumPending,
                factory: registry)
            tracer = XRayTracer(service: "tickctl-test", sampler: sampler, exporter: exporter)
        }

        func span(
            _ name: String, _ header: String, kind: SpanKind = .server, at seconds: UInt64 = 1_700_000_000
        ) -> XRaySpan {
            var context = ServiceContext.topLevel
            context.traceHeader = TraceHeader(header)
            return tracer.startSpan(
                name, context: context, ofKind: kind,
                at: DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: seconds * 1_000_000_000))
        }
    }

    private static let root = "1-5759e988-bd862e3fe1be46a994272793"
    private static let sampled = "Root=\(root);Parent=53995c3f42cd8ad8;Sampled=1"
    private static let unsampled = "Root=\(root);Parent=53995c3f42cd8ad8;Sampled=0"

    private func end(_ span: XRaySpan, atMicroseconds micros: UInt64) {
        span.end(at: DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: micros * 1_000))
    }

    @Test func aSegmentHasItsFieldsExactly() async throws {
        let rig = try await Rig(sampler: TraceSampler(reservoir: 0, rate: 0, seed: 9))
        let span = rig.span("POST /public/hold", Self.sampled)
        span.attributes[XRayAttribute.httpMethod] = "POST"
        span.attributes[XRayAttribute.httpURL] = "/public/hold"
        span.attributes[XRayAttribute.httpStatus] = 409
        span.attributes["seats.count"] = 2
        span.attributes["room_token"] = "leak"
        span.attributes["first"] = true
        let id = try #require(span.context.traceHeader?.parent)
        end(span, atMicroseconds: 1_700_000_000_012_345)
        #expect(
            String(decoding: try rig.receiver.receive(), as: UTF8.self)
                == "{\"format\":\"json\",\"version\":1}\n"
                + #"{"name":"tickctl-test","id":"\#(id)","trace_id":"\#(Self.root)","parent_id":"53995c3f42cd8ad8","#
                + #""start_time":1700000000.000000,"end_time":1700000000.012345,"error":true,"#
                + #""http":{"request":{"method":"POST","url":"/public/hold"},"response":{"status":409}},"#
                + #""annotations":{"first":true,"operation":"POST /public/hold","room_token":"***","seats_count":2}}"#)
        await rig.exporter.close()
    }

    @Test func aCallBelowIsASubsegmentOfItsSegment() async throws {
        let rig = try await Rig()
        let segment = rig.span("GET /a", Self.sampled)
        let call = rig.tracer.startSpan("DynamoDB", context: segment.context, ofKind: .client)
        call.attributes[XRayAttribute.awsOperation] = "PutItem"
        call.attributes[XRayAttribute.awsTable] = "holds"
        call.end()
        let document = try rig.receiver.document()
        #expect(document["type"] as? String == "subsegment")
        #expect(document["namespace"] as? String == "aws")
        #expect(document["name"] as? String == "DynamoDB")
        #expect(document["trace_id"] as? String == Self.root)
        #expect(document["parent_id"] as? String == segment.context.traceHeader?.parent?.description)
        #expect(document["id"] as? String == call.context.traceHeader?.parent?.description)
        #expect(document["aws"] as? [String: String] == ["operation": "PutItem", "table_name": "holds"])
        segment.end()
        #expect(try rig.receiver.document()["type"] == nil)
        // Whatever its kind, a span whose caller is elsewhere is a segment.
        rig.span("batch", Self.sampled, kind: .internal).end()
        #expect(try rig.receiver.document()["type"] == nil)
        await rig.exporter.close()
    }

    @Test func anUnsampledTraceSendsNothing() async throws {
        let rig = try await Rig()
        for number in 0..<200 {
            let span = rig.span("quiet", number.isMultiple(of: 2) ? Self.unsampled : "Root=\(Self.root)")
            #expect(!span.isRecording)
            #expect(span.context.traceHeader?.decision == .notSampled)
            span.attributes["a"] = "b"
            #expect(span.attributes.isEmpty)
            rig.tracer.startSpan("child", context: span.context).end()
            span.end()
        }
        rig.span("loud", Self.sampled).end()
        // Datagrams of one socket over loopback keep their order: the first one is the sampled one.
        #expect((try rig.receiver.document()["annotations"] as? [String: String])?["operation"] == "loud")
        await rig.exporter.close()
        #expect(rig.registry.counter("xray_segments_sent_total") == 1)
    }

    @Test func aTraceWithoutADecisionGetsOneAndKeepsIt() async throws {
        let rig = try await Rig(sampler: TraceSampler(reservoir: 1, rate: 0, seed: 1))
        let headers = (0..<3).map { _ in
            rig.tracer.startSpan(
                "x", context: .topLevel, ofKind: .server,
                at: DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: 1_700_000_000_000_000_000)
            ).context.traceHeader
        }
        #expect(headers.map { $0?.decision } == [.sampled, .notSampled, .notSampled])
        #expect(headers.allSatisfy { $0?.root.epochSeconds == 1_700_000_000 })
        #expect(Set(headers.map { $0?.root }).count == 3)
        #expect(rig.span("x", "Root=\(Self.root);Sampled=?", at: 1_700_000_001).isRecording)
        #expect(!rig.span("x", "Root=\(Self.root);Sampled=?", at: 1_700_000_001).isRecording)
        let mute = XRayTracer(service: "x", sampler: TraceSampler(rate: 1), exporter: nil)
        #expect(mute.startSpan("x", context: .topLevel).context.traceHeader?.decision == .notSampled)
        await rig.exporter.close()
    }

    private static let outcomes: [(Int?, Bool, Set<String>)] = [
        (200, false, []), (404, true, ["error"]), (429, false, ["error", "throttle"]), (503, false, ["fault"]),
        (nil, false, []), (nil, true, ["fault"]),
    ]

    @Test(arguments: outcomes)
    func theOutcomeSetsTheFlags(status: Int?, failed: Bool, flags: Set<String>) async throws {
        struct Broken: Error {}
        let rig = try await Rig()
        let span = rig.span("x", Self.sampled)
        if let status { span.attributes[XRayAttribute.httpStatus] = status }
        if failed { span.recordError(Broken()) }
        span.end()
        let document = try rig.receiver.document()
        #expect(Set(["error", "fault", "throttle"].filter { document[$0] as? Bool == true }) == flags)
        let exceptions = (document["cause"] as? [String: Any])?["exceptions"] as? [[String: Any]]
        #expect((exceptions?.first?["type"] as? String) == (failed ? "Broken" : nil))
        await rig.exporter.close()
    }

    @Test func aDocumentStaysUnderItsLimitAndIsSentOnce() async throws {
        let rig = try await Rig()
        let span = rig.span("big", Self.sampled)
        for number in 0..<200 {
            span.attributes["k\(number)"] = String(repeating: "\u{1}", count: 5_000)
        }
        span.end()
        span.end()
        span.attributes["late"] = 1
        let bytes = try rig.receiver.receive()
        #expect(bytes.count <= 64_000)
        #expect(String(decoding: bytes, as: UTF8.self).contains(Self.root))
        let small = rig.span("fifty", Self.sampled)
        for number in 0..<200 { small.attributes["k\(number)"] = "v" }
        small.end()
        #expect((try rig.receiver.document()["annotations"] as? [String: Any])?.count == 50)
        await rig.exporter.close()
        #expect(rig.registry.counter("xray_segments_sent_total") == 2)
    }

    @Test func aStalledSocketBoundsTheQueueAndCountsWhatIsLost() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let rig = try await Rig(group: group, maximumPending: 20)
        let gate = DispatchSemaphore(value: 0)
        group.next().execute { gate.wait() }
        for _ in 0..<100 { rig.span("x", Self.sampled).end() }
        #expect(rig.registry.counter("xray_segments_dropped_total") == 80)
        gate.signal()
        for _ in 0..<20 { #expect(try rig.receiver.document()["trace_id"] as? String == Self.root) }
        await rig.exporter.close()
        #expect(rig.registry.counter("xray_segments_sent_total") == 20)
        rig.span("after", Self.sampled).end()
        try await eventually { rig.registry.counter("xray_segments_dropped_total") == 81 }
        try await group.shutdownGracefully()
    }

    @Test func anAbsentDaemonLosesNothingButItsSegments() async throws {
        let port = try DatagramReceiver().port
        let registry = PrometheusRegistry()
        let exporter = try await XRayExporter.open(
            .init(host: "127.0.0.1", port: port), group: MultiThreadedEventLoopGroup.singleton, factory: registry)
        let tracer = XRayTracer(service: "x", sampler: TraceSampler(rate: 1), exporter: exporter)
        for number in 1...20 {
            tracer.startSpan("x", context: .topLevel).end()
            try await eventually { registry.counter("xray_segments_sent_total") == Int64(number) }
        }
        await exporter.close()
    }

    @Test func theTraceGoesOnOverHTTPAndSQS() async throws {
        struct Headers: Injector, Extractor {
            func inject(_ value: String, forKey key: String, into headers: inout [String: String]) {
                headers[key] = value
            }
            func extract(key: String, from headers: [String: String]) -> String? { headers[key] }
        }
        let rig = try await Rig()
        let span = rig.span("commit", Self.sampled + ";Lineage=a:1")
        let expected =
            "Root=\(Self.root);Parent=\(try #require(span.context.traceHeader?.parent));Sampled=1;Lineage=a:1"
        var (headers, attributes) = ([String: String](), [String: String]())
        rig.tracer.inject(span.context, into: &headers, using: Headers())
        rig.tracer.inject(span.context, into: &attributes, using: SQSTraceCarrier())
        #expect(headers == ["X-Amzn-Trace-Id": expected])
        #expect(attributes == ["AWSTraceHeader": expected])
        var context = ServiceContext.topLevel
        rig.tracer.extract(attributes, into: &context, using: SQSTraceCarrier())
        #expect(context.traceHeader == TraceHeader(expected))
        rig.tracer.startSpan("worker", context: context, ofKind: .consumer).end()
        let document = try rig.receiver.document()
        #expect(document["parent_id"] as? String == span.context.traceHeader?.parent?.description)
        #expect(document["type"] == nil)
        var untouched = ServiceContext.topLevel
        rig.tracer.extract(["X-Amzn-Trace-Id": "nonsense"], into: &untouched, using: Headers())
        #expect(untouched.traceHeader == nil)
        await rig.exporter.close()
    }

    @Test(arguments: [
        ("127.0.0.1:2000", XRayDaemonAddress(host: "127.0.0.1", port: 2_000)),
        ("xray-daemon:2001", XRayDaemonAddress(host: "xray-daemon", port: 2_001)),
        ("[::1]:3000", XRayDaemonAddress(host: "::1", port: 3_000)),
        ("tcp:127.0.0.1:2000 udp:127.0.0.2:2001", XRayDaemonAddress(host: "127.0.0.2", port: 2_001)),
    ])
    func daemonAddressesAreRead(text: String, address: XRayDaemonAddress) throws {
        #expect(try XRayDaemonAddress.parse(text) == address)
    }

    @Test(arguments: ["", "127.0.0.1", "127.0.0.1:", ":2000", "a:0", "a:65536", "a:-1", "::1:2000", "tcp:a:1 tcp:b:2"])
    func otherAddressesAreRefused(text: String) {
        let error = #expect(throws: ObservabilityError.self) { try XRayDaemonAddress.parse(text) }
        #expect(error?.description.hasPrefix("AWS_XRAY_DAEMON_ADDRESS=\(text) is no address") == true)
    }
}
