internal import Glibc
public import Logging

/// swift-log backend: one JSON object a line.
///
/// `{"ts":"2026-11-21T09:30:00.250Z","level":"info","logger":"tickctl","message":"...","trace_id":"1-...",
/// "request_id":"...", ...}`: after these the other metadata by name. A metadata name that is one of the first four
/// gets the prefix "metadata_". Values of names that `Redaction` covers are "***"; strings are cut at 4,096 bytes, and
/// members past 32 KiB are left out ("truncated": true).
public struct JSONLogHandler: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    public var logLevel: Logger.Level

    private let label: String
    private let writer: LogWriter
    private let redaction: Redaction
    private let now: @Sendable () -> Int64

    static let maximumValueBytes = 4_096
    static let maximumLineBytes = 32 << 10

    /// `now`: milliseconds since 1970.
    public init(
        label: String, level: Logger.Level, writer: LogWriter, metadataProvider: Logger.MetadataProvider? = nil,
        redaction: Redaction = .standard, now: @escaping @Sendable () -> Int64 = wallClockMilliseconds
    ) {
        self.label = label
        self.writer = writer
        self.metadataProvider = metadataProvider
        self.redaction = redaction
        self.now = now
        logLevel = level
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var merged = metadata
        if let provided = metadataProvider?.get() { merged.merge(provided) { $1 } }
        if let own = event.metadata { merged.merge(own) { $1 } }
        if let error = event.error, merged[LogKey.error.rawValue] == nil {
            merged[LogKey.error.rawValue] = .string("\(error)")
        }
        var json = JSONWriter(capacity: 512)
        json.object { json in
            json.member("ts", iso8601(milliseconds: now()))
            json.member("level", event.level.rawValue)
            json.member("logger", label)
            json.member("message", cut(event.message.description))
            for key in [LogKey.traceID.rawValue, LogKey.requestID.rawValue] {
                if let value = merged.removeValue(forKey: key) { json.member(key) { write(value, named: key, &$0) } }
            }
            for (key, value) in merged.sorted(by: { $0.key < $1.key }) {
                guard json.bytes.count < Self.maximumLineBytes else {
                    json.flag("truncated", true)
                    break
                }
                json.member(Self.reserved.contains(key) ? "metadata_" + key : key) { write(value, named: key, &$0) }
            }
        }
        json.newline()
        writer.write(json.bytes)
    }

    private static let reserved: Set<String> = ["ts", "level", "logger", "message", "truncated"]

    private func write(_ value: Logger.MetadataValue, named name: String, _ json: inout JSONWriter) {
        if redaction.covers(name) { return json.string(Redaction.mark) }
        switch value {
        case .string(let text): json.string(cut(text))
        case .stringConvertible(let value):
            switch value {
            case let number as any FixedWidthInteger & Sendable: json.raw(String(describing: number))
            case let number as Double: json.number(number)
            case let flag as Bool: json.bool(flag)
            default: json.string(cut(value.description))
            }
        case .array(let values):
            json.array(values) { json, value in write(value, named: name, &json) }
        case .dictionary(let values):
            json.object { json in
                for (key, value) in values.sorted(by: { $0.key < $1.key }) {
                    json.member(key) { write(value, named: key, &$0) }
                }
            }
        }
    }

    /// At most 4,096 bytes, whole scalars.
    private func cut(_ text: String) -> String {
        guard text.utf8.count > Self.maximumValueBytes else { return text }
        // An index inside a scalar is rounded down by the slice.
        return String(text[..<text.utf8.index(text.startIndex, offsetBy: Self.maximumValueBytes)])
    }
}

/// The system's clock, milliseconds since 1970.
@Sendable public func wallClockMilliseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
}

/// "2026-11-21T09:30:00.250Z" (RFC 3339, UTC); `milliseconds` from 1970 to 9999.
func iso8601(milliseconds: Int64) -> String {
    var seconds = time_t(milliseconds / 1_000)
    var date = tm()
    gmtime_r(&seconds, &date)
    var text: [UInt8] = []
    text.reserveCapacity(24)
    func append(_ value: Int32, _ width: Int, _ end: Unicode.Scalar) {
        var divisor: Int32 = 1
        for _ in 1..<width { divisor *= 10 }
        while divisor > 0 {
            text.append(0x30 + UInt8(value / divisor % 10))
            divisor /= 10
        }
        text.append(UInt8(ascii: end))
    }
    append(date.tm_year + 1_900, 4, "-")
    append(date.tm_mon + 1, 2, "-")
    append(date.tm_mday, 2, "T")
    append(date.tm_hour, 2, ":")
    append(date.tm_min, 2, ":")
    append(date.tm_sec, 2, ".")
    append(Int32(milliseconds % 1_000), 3, "Z")
    return String(decoding: text, as: UTF8.self)
}
