import Foundation
import Metrics
import Testing

@testable import Observability

@Suite struct MetricsTextTests {
    @Test func theProcessShowsItself() throws {
        let registry = PrometheusRegistry()
        Counter(label: "q_total", factory: registry).increment()
        let file = try #require(FileHandle(forReadingAtPath: "/dev/null"))
        let text = try Exposition(MetricsText(registry: registry).render())
        #expect(text.value("q_total") == 1)
        #expect(try #require(text.value("process_resident_memory_bytes")) > 1_048_576)
        #expect(try #require(text.value("process_cpu_seconds_total")) >= 0)
        #expect(try #require(text.value("process_threads")) >= 1)
        let start = try #require(text.value("process_start_time_seconds"))
        #expect(start > 1_600_000_000 && start <= Date().timeIntervalSince1970 + 5)
        let open = try #require(text.value("process_open_fds"))
        let limit = try #require(text.value("process_max_fds"))
        #expect(open >= 4 && open <= limit)
        for (name, _) in text.types where name != "q_total" { #expect(text.helps[name] != nil, "\(name)") }
        try file.close()
    }

    @Test func theCommandsNameMayHaveSpacesAndParentheses() {
        let fields = "S 1 2 3 4 5 6 7 8 9 10 70 30 13 14 15 16 5 18 9000 20 321 22"
        let expected = ProcessStat("7 (x) \(fields)")
        #expect(expected?.cpuTicks == 100)
        #expect(expected?.threads == 5)
        #expect(expected?.startTicks == 9_000)
        #expect(expected?.residentPages == 321)
        #expect(ProcessStat("7 (a) b (c)) \(fields)") == expected)
        #expect(ProcessStat("7 (x) S 1") == nil)
        #expect(ProcessStat("") == nil)
    }
}
