internal import FoundationEssentials
internal import Glibc

/// The process as Linux tells of it (proc(5)); what cannot be read is left out.
enum ProcessMetrics {
    static func read() -> [MetricSnapshot] {
        var metrics: [MetricSnapshot] = []
        func add(_ name: String, _ kind: MetricSnapshot.Kind, _ value: Double?) {
            guard let value else { return }
            metrics.append(
                MetricSnapshot(
                    name: name, help: MetricDescription.own.first { $0.name == name }?.help, kind: kind,
                    series: [.init(labels: MetricLabels([]), value: .double(value))]))
        }
        if let stat = text("/proc/self/stat").flatMap(ProcessStat.init) {
            let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
            add("process_cpu_seconds_total", .counter, Double(stat.cpuTicks) / ticks)
            add(
                "process_resident_memory_bytes", .gauge,
                Double(stat.residentPages) * Double(sysconf(Int32(_SC_PAGESIZE))))
            add("process_start_time_seconds", .gauge, bootTime.map { $0 + Double(stat.startTicks) / ticks })
            add("process_threads", .gauge, Double(stat.threads))
        }
        // The listing itself holds one descriptor open.
        let descriptors = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count - 1
        add("process_open_fds", .gauge, descriptors.map(Double.init))
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            add("process_max_fds", .gauge, Double(limit.rlim_cur))
        }
        return metrics
    }

    /// Seconds since 1970.
    private static let bootTime: Double? = text("/proc/stat")?.split(separator: "\n")
        .first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) }

    private static func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
}

/// The fields of /proc/self/stat that are shown.
struct ProcessStat: Equatable {
    var cpuTicks: UInt64
    var threads: Int
    var startTicks: UInt64
    var residentPages: Int

    init?(_ line: String) {
        // The command's name is in parentheses and may itself have spaces and parentheses; field 3 follows the last
        // one.
        guard let end = line.lastIndex(of: ")") else { return nil }
        let fields = line[line.index(after: end)...].split(whereSeparator: \.isWhitespace)
        guard fields.count > 21, let user = UInt64(fields[11]), let system = UInt64(fields[12]),
            let threads = Int(fields[17]), let start = UInt64(fields[19]), let resident = Int(fields[21])
        else { return nil }
        cpuTicks = user &+ system
        self.threads = threads
        startTicks = start
        residentPages = resident
    }
}
