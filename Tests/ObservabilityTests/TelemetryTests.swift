import Foundation
import Glibc
import Logging
import Metrics
import NIOPosix
import Observability
import Testing
import Tracing

@Suite struct TelemetryTests {
    @Test func oneValueCarriesLogsMetricsAndTraces() async throws {
        let receiver = try DatagramReceiver()
        let path = NSTemporaryDirectory() + "/telemetry-\(UUID().uuidString).log"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        // The descriptor stays open: the process logs there from now on.
        defer { unlink(path) }
        let configuration = try TelemetryConfiguration(
            role: "worker",
            environment: [
                "AWS_REGION": "ap-northeast-2", "LOG_LEVEL": "debug", "METRICS_EMF": "true", "XRAY_SAMPLE_RATE": "1",
                "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:\(receiver.port)",
            ])
        let telemetry = try await Telemetry(
            configuration, group: MultiThreadedEventLoopGroup.singleton, logDescriptor: descriptor,
            descriptions: [MetricDescription("orders_total", "Orders.")], emf: [.init("orders_total", unit: .count)])
        telemetry.bootstrap()
        Counter(label: "orders_total", factory: telemetry.registry).increment()
        Counter(label: "orders_total").increment()
        withSpan("order", context: .topLevel, ofKind: .consumer) { _ in
            telemetry.logger.debug("ordered", metadata: .keys([.orderID: "o-1"]))
            Logger(label: "library").debug("heard")
            Logger(label: "library").trace("below the level")
        }
        let reporting = Task { await telemetry.run() }
        reporting.cancel()
        await reporting.value
        await telemetry.shutdown(timeout: .seconds(120))

        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
            try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] ?? [:]
        }
        try #require(lines.count == 3)
        #expect(lines[0]["logger"] as? String == "tickctl-worker")
        #expect(lines[0]["role"] as? String == "worker")
        #expect(lines[0]["order_id"] as? String == "o-1")
        #expect(lines[1]["logger"] as? String == "library")
        #expect(lines[1]["trace_id"] as? String == lines[0]["trace_id"] as? String)
        #expect(lines[2]["orders_total"] as? Int == 2)
        #expect(lines[2]["region"] as? String == "ap-northeast-2")
        let segment = try receiver.document()
        #expect(segment["name"] as? String == "tickctl-worker")
        #expect(segment["trace_id"] as? String == lines[0]["trace_id"] as? String)
        let text = try Exposition(telemetry.metricsText.render())
        #expect(text.value("orders_total") == 2)
        #expect(text.value("logs_dropped_total") == 0)
        #expect(text.value("xray_segments_sent_total") == 1)
        #expect(text.types["event_loop_lag_seconds"] == "histogram")
    }

    @Test func theDefaultsAreThoseOfNoSetting() throws {
        let configuration = try TelemetryConfiguration(role: "all", environment: ["LOG_LEVEL": "", "AWS_REGION": ""])
        #expect(configuration.logLevel == .info)
        #expect(configuration.region == nil)
        #expect(!configuration.isEMFEnabled)
        #expect(configuration.daemon == .standard)
        #expect(configuration.sampleRate == 0.05)
        #expect(try TelemetryConfiguration(role: "all", environment: ["AWS_XRAY_SDK_ENABLED": "false"]).daemon == nil)
    }

    @Test(arguments: [
        ("LOG_LEVEL", "loud"), ("METRICS_EMF", "yes"), ("AWS_XRAY_SDK_ENABLED", "2"), ("XRAY_SAMPLE_RATE", "1.1"),
        ("XRAY_SAMPLE_RATE", "nan"), ("XRAY_SAMPLE_RATE", "-0.1"), ("XRAY_SAMPLE_RATE", "x"),
        ("AWS_XRAY_DAEMON_ADDRESS", "x"),
    ])
    func aSettingThatMeansNothingIsNamed(name: String, value: String) {
        let error = #expect(throws: ObservabilityError.self) {
            try TelemetryConfiguration(role: "all", environment: [name: value])
        }
        #expect(error?.code == .invalidSetting)
        #expect(error?.description.hasPrefix("\(name)=\(value) ") == true)
    }

    @Test func anUnknownDaemonHostSaysWhatToChange() async throws {
        let error = await #expect(throws: ObservabilityError.self) {
            try await XRayExporter.open(
                .init(host: "no-such-host.invalid", port: 2_000), group: MultiThreadedEventLoopGroup.singleton,
                factory: PrometheusRegistry())
        }
        #expect(error?.code == .unreachableDaemon)
        #expect(error?.description.contains("AWS_XRAY_DAEMON_ADDRESS") == true)
    }
}
