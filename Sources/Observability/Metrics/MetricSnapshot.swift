/// What a metric showed at one moment: plain data between the registry and its renderings.
public struct MetricSnapshot: Sendable {
    public enum Kind: String, Sendable { case counter, gauge, histogram }

    public struct Series: Sendable {
        public var labels: MetricLabels
        public var value: Value
    }

    public enum Value: Sendable, Equatable {
        case integer(Int64)
        case double(Double)
        case histogram(Histogram)
    }

    public struct Histogram: Sendable, Equatable {
        /// Upper bounds, inclusive, ascending; without +Inf.
        public var bounds: [Double]
        /// Observations in each bucket (not cumulative), one more than `bounds`: the last has what is over every bound.
        public var counts: [Int64]
        public var sum: Double

        public var count: Int64 { counts.reduce(0, &+) }
    }

    public var name: String
    public var help: String?
    public var kind: Kind
    /// By label text.
    public var series: [Series]
}

/// A series' label names and values, sorted by name, and their text in the exposition.
public struct MetricLabels: Sendable, Hashable {
    public let pairs: [String: String]
    /// `method="GET",route="/x"`, escaped; empty without labels.
    let text: String

    /// Longer values are cut: they come from outside more often than they should.
    static let maximumValueCharacters = 128

    /// Characters that names may not have become "_"; of two equal names the last counts; "le" belongs to histograms
    /// and becomes "exported_le".
    init(_ dimensions: [(String, String)]) {
        var pairs: [String: String] = [:]
        for (name, value) in dimensions {
            let name = metricName(name, allowsColon: false)
            pairs[name == "le" ? "exported_le" : name] = String(value.prefix(Self.maximumValueCharacters))
        }
        self.pairs = pairs
        text = pairs.sorted { $0.key < $1.key }.map { "\($0)=\"\(escapedLabel($1))\"" }.joined(separator: ",")
    }

    public static func == (left: Self, right: Self) -> Bool { left.text == right.text }
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }

    /// Whether all of `wanted` are among the labels.
    func matches(_ wanted: [String: String]) -> Bool { wanted.allSatisfy { pairs[$0.key] == $0.value } }
}

/// `[a-zA-Z_:][a-zA-Z0-9_:]*` (labels: no colon); other characters become "_".
func metricName(_ text: String, allowsColon: Bool = true) -> String {
    var bytes: [UInt8] = []
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"):
            bytes.append(byte)
        case UInt8(ascii: ":") where allowsColon: bytes.append(byte)
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            if bytes.isEmpty { bytes.append(UInt8(ascii: "_")) }
            bytes.append(byte)
        default: bytes.append(UInt8(ascii: "_"))
        }
    }
    return bytes.isEmpty ? "_" : String(decoding: bytes, as: UTF8.self)
}
