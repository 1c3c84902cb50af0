import Foundation
import NIOCore
import NIOPosix
import Observability
import TestSupport
import Testing

@Suite struct EventLoopLagTests {
    @Test func aBlockedLoopShowsAndStoppedProbesEnd() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let registry = PrometheusRegistry()
        let lag = EventLoopLag(group: group, interval: .milliseconds(1), factory: registry)
        try await eventually { (registry.histogram("event_loop_lag_seconds")?.count ?? 0) >= 3 }
        try await group.next().submit { Thread.sleep(forTimeInterval: 0.25) }.get()
        // A probe was due 1 ms after the last one: it ran at least 0.2 s late.
        try await eventually {
            guard let histogram = registry.histogram("event_loop_lag_seconds") else { return false }
            return zip(histogram.bounds + [.infinity], histogram.counts).contains { $0 > 0.2 && $1 > 0 }
        }
        lag.stop()
        // The probe that waits is due now, ends and makes no other; then nothing more is counted.
        try await group.next().scheduleTask(in: .milliseconds(20)) {}.futureResult.get()
        let count = registry.histogram("event_loop_lag_seconds")?.count
        try await group.next().scheduleTask(in: .milliseconds(50)) {}.futureResult.get()
        #expect(registry.histogram("event_loop_lag_seconds")?.count == count)
        try await group.shutdownGracefully()
    }
}
