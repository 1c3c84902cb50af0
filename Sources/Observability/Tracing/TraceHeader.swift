/// `X-Amzn-Trace-Id`: which trace a request belongs to, who called, and whether the trace is recorded
/// (https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader).
///
/// "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
public struct TraceHeader: Sendable, Hashable, CustomStringConvertible {
    public enum Decision: UInt8, Sendable {
        case notSampled = 0x30
        case sampled = 0x31
        /// "?": the caller leaves it to the callee.
        case requested = 0x3F
    }

    /// The HTTP header.
    public static let name = "X-Amzn-Trace-Id"
    /// The SQS message system attribute with the same value.
    public static let sqsAttributeName = "AWSTraceHeader"
    /// Longer headers are refused.
    public static let maximumBytes = 1_024

    public var root: TraceID
    /// The caller's segment.
    public var parent: SegmentID?
    public var decision: Decision?
    /// Other parts as they came ("Self=1-...", "Lineage=..."), in order.
    public private(set) var extras: [String] = []

    public init(root: TraceID, parent: SegmentID? = nil, decision: Decision? = nil) {
        self.root = root
        self.parent = parent
        self.decision = decision
    }

    /// Reads a header's value; nil when it is malformed: no Root or two, an id of another shape (hexadecimal digits are
    /// lower case), a part that is no `key=value` of visible ASCII, more than 1,024 bytes.
    public init?(_ text: String) {
        var text = text
        text.makeContiguousUTF8()
        self.init(text.utf8.span)
    }

    /// The same from the bytes on the wire.
    public init?(_ bytes: Span<UInt8>) {
        guard bytes.count <= Self.maximumBytes else { return nil }
        var root: TraceID?
        var start = 0
        while start <= bytes.count {
            var end = start
            while end < bytes.count, bytes[end] != UInt8(ascii: ";") { end += 1 }
            var (first, last) = (start, end)
            while first < last, bytes[first] == 0x20 { first += 1 }
            while last > first, bytes[last - 1] == 0x20 { last -= 1 }
            let part = bytes.extracting(first..<last)
            if part.starts(with: "Root=") {
                guard root == nil, let id = TraceID(part.extracting(5...)) else { return nil }
                root = id
            } else if part.starts(with: "Parent=") {
                guard parent == nil, let id = SegmentID(part.extracting(7...)) else { return nil }
                parent = id
            } else if part.starts(with: "Sampled=") {
                guard decision == nil, part.count == 9, let value = Decision(rawValue: part[8]) else { return nil }
                decision = value
            } else {
                guard let extra = part.visiblePair else { return nil }
                extras.append(extra)
            }
            start = end + 1
        }
        guard let root else { return nil }
        self.root = root
    }

    public var description: String {
        var text = Array("Root=".utf8)
        text.reserveCapacity(96)
        root.append(to: &text)
        if let parent {
            text.append(contentsOf: ";Parent=".utf8)
            parent.append(to: &text)
        }
        if let decision {
            text.append(contentsOf: ";Sampled=".utf8)
            text.append(decision.rawValue)
        }
        for extra in extras {
            text.append(UInt8(ascii: ";"))
            text.append(contentsOf: extra.utf8)
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// "1-5759e988-bd862e3fe1be46a994272793": version, the trace's first second, 96 random bits.
public struct TraceID: Sendable, Hashable, CustomStringConvertible {
    /// Seconds since 1970.
    public let epochSeconds: UInt32
    private let high: UInt32
    private let low: UInt64

    init(epochSeconds: UInt32, high: UInt32, low: UInt64) {
        self.epochSeconds = epochSeconds
        self.high = high
        self.low = low
    }

    init?(_ bytes: Span<UInt8>) {
        guard bytes.count == 35, bytes.starts(with: "1-"), bytes[10] == UInt8(ascii: "-"),
            let seconds = bytes.extracting(2..<10).hexadecimal, let high = bytes.extracting(11..<19).hexadecimal,
            let low = bytes.extracting(19..<35).hexadecimal
        else { return nil }
        self.init(epochSeconds: UInt32(seconds), high: UInt32(high), low: low)
    }

    public var description: String {
        var text: [UInt8] = []
        append(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    fileprivate func append(to text: inout [UInt8]) {
        text.append(contentsOf: "1-".utf8)
        appendHexadecimal(UInt64(epochSeconds), digits: 8, to: &text)
        text.append(UInt8(ascii: "-"))
        appendHexadecimal(UInt64(high), digits: 8, to: &text)
        appendHexadecimal(low, digits: 16, to: &text)
    }
}

/// "53995c3f42cd8ad8": a segment or subsegment, unique in its trace.
public struct SegmentID: Sendable, Hashable, CustomStringConvertible {
    private let value: UInt64

    init(_ value: UInt64) { self.value = value }

    init?(_ bytes: Span<UInt8>) {
        guard bytes.count == 16, let value = bytes.hexadecimal else { return nil }
        self.value = value
    }

    public var description: String {
        var text: [UInt8] = []
        append(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    fileprivate func append(to text: inout [UInt8]) { appendHexadecimal(value, digits: 16, to: &text) }
}

extension Span<UInt8> {
    fileprivate func starts(with prefix: StaticString) -> Bool {
        guard count >= prefix.utf8CodeUnitCount else { return false }
        return prefix.withUTF8Buffer { prefix in prefix.indices.allSatisfy { self[$0] == prefix[$0] } }
    }

    /// At most 16 digits, lower case.
    fileprivate var hexadecimal: UInt64? {
        var value: UInt64 = 0
        for index in indices {
            switch self[index] {
            case let digit where digit >= 0x30 && digit <= 0x39: value = value << 4 | UInt64(digit - 0x30)
            case let digit where digit >= 0x61 && digit <= 0x66: value = value << 4 | UInt64(digit - 0x61 + 10)
            default: return nil
            }
        }
        return value
    }

    /// The text, if it is `key=value` in visible ASCII: whatever is passed on cannot end a header.
    fileprivate var visiblePair: String? {
        var text: [UInt8] = []
        for index in indices {
            guard self[index] > 0x20, self[index] < 0x7F else { return nil }
            text.append(self[index])
        }
        guard let equals = text.firstIndex(of: UInt8(ascii: "=")), equals > 0 else { return nil }
        return String(decoding: text, as: UTF8.self)
    }
}

private func appendHexadecimal(_ value: UInt64, digits: Int, to text: inout [UInt8]) {
    for place in stride(from: 4 * (digits - 1), through: 0, by: -4) {
        let digit = UInt8(truncatingIfNeeded: value >> UInt64(place) & 15)
        text.append(digit < 10 ? 0x30 + digit : 0x61 + digit - 10)
    }
}
