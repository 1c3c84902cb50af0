import Foundation
import Glibc
import Metrics
import Observability
import Synchronization
import Testing

@Suite struct LogWriterTests {
    /// A pipe of 64 KiB; both ends are closed by the test.
    private func pipe(nonBlocking: Bool = false) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        Glibc.pipe(&ends)
        if nonBlocking { _ = fcntl(ends[1], F_SETFL, O_NONBLOCK) }
        return (ends[0], ends[1])
    }

    private func readAll(_ descriptor: Int32, bytes: Int) -> [UInt8] {
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while text.count < bytes {
            var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&ready, 1, 120_000) == 1 else { break }
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { break }
            text += chunk[..<count]
        }
        return text
    }

    @Test(arguments: [false, true])
    func aBlockedPipeBoundsTheQueueAndCountsWhatIsLost(nonBlocking: Bool) throws {
        let registry = PrometheusRegistry()
        let ends = pipe(nonBlocking: nonBlocking)
        let writer = LogWriter(
            descriptor: ends.write, maximumLines: 2_000, maximumBytes: 200_000,
            dropped: Counter(label: "logs_dropped_total", factory: registry))
        let total = 20_000
        let line = Array((String(repeating: "x", count: 99) + "\n").utf8)
        // Nobody reads: were the pipe written by the caller, this loop would not end.
        for _ in 0..<total { writer.write(line) }
        let dropped = Int(try #require(registry.counter("logs_dropped_total")))
        // The pipe holds 64 KiB, the queue at most 2,000 lines, counted until they are written.
        #expect(dropped >= total - 2_000 - 656)
        #expect(dropped < total)
        #expect(!writer.flush(timeout: .milliseconds(50)))

        let kept = total - dropped
        let text = readAll(ends.read, bytes: kept * line.count)
        #expect(text.count == kept * line.count)
        #expect(text.split(separator: 0x0A).allSatisfy { $0.count == 99 })
        #expect(writer.flush(timeout: .seconds(120)))
        writer.write(line)
        #expect(readAll(ends.read, bytes: line.count) == line)
        #expect(registry.counter("logs_dropped_total") == Int64(dropped))
        close(ends.read)
        close(ends.write)
    }

    @Test func linesOfManyThreadsStayWholeAndInEachThreadsOrder() throws {
        let file = LogFile()
        let writer = file.writer
        let lines = 900
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for number in 0..<lines {
                writer.write(Array("\(thread) \(number) \(String(repeating: "y", count: number))\n".utf8))
            }
        }
        var next = [Int](repeating: 0, count: 8)
        for line in try file.text().split(separator: "\n") {
            let parts = line.split(separator: " ", omittingEmptySubsequences: false)
            guard parts.count == 3, let thread = Int(parts[0]), let number = Int(parts[1]) else {
                Issue.record("torn line: \(line.prefix(40))")
                return
            }
            #expect(number == next[thread])
            #expect(parts[2].utf8.count == number)
            next[thread] = number + 1
        }
        #expect(next == [Int](repeating: lines, count: 8))
    }

    @Test func aDescriptorThatFailsLosesLinesAndCountsThem() throws {
        let registry = PrometheusRegistry()
        let writer = LogWriter(
            descriptor: -1, dropped: Counter(label: "logs_dropped_total", factory: registry))
        for _ in 0..<3 { writer.write([0x0A]) }
        #expect(writer.flush(timeout: .seconds(120)))
        #expect(registry.counter("logs_dropped_total") == 3)
    }
}
