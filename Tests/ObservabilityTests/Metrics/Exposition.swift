import Testing

/// A strict reader of the text exposition format 0.0.4; anything unusual is an error.
struct Exposition {
    struct Malformed: Error, CustomStringConvertible {
        let description: String
    }

    struct Sample: Hashable {
        var name: String
        var labels: [String: String]
    }

    private(set) var types: [String: String] = [:]
    private(set) var helps: [String: String] = [:]
    private(set) var samples: [Sample: Double] = [:]

    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        samples[Sample(name: name, labels: labels)]
    }

    init(_ bytes: [UInt8]) throws {
        guard let text = String(validating: bytes, as: UTF8.self), text.hasSuffix("\n") else {
            throw Malformed(description: "no UTF-8, or no newline at the end")
        }
        var current: String?
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("# HELP ") {
                let parts = line.dropFirst(7).split(separator: " ", maxSplits: 1)
                guard parts.count == 2, helps[String(parts[0])] == nil, types[String(parts[0])] == nil else {
                    throw Malformed(description: "HELP: \(line)")
                }
                helps[String(parts[0])] = String(parts[1])
            } else if line.hasPrefix("# TYPE ") {
                let parts = line.dropFirst(7).split(separator: " ")
                guard parts.count == 2, types[String(parts[0])] == nil,
                    ["counter", "gauge", "histogram"].contains(parts[1])
                else { throw Malformed(description: "TYPE: \(line)") }
                types[String(parts[0])] = String(parts[1])
                current = String(parts[0])
            } else {
                let (sample, value) = try Self.sample(line)
                guard let family = current, Self.belongs(sample.name, to: family, type: types[family]) else {
                    throw Malformed(description: "sample outside its block: \(line)")
                }
                guard samples.updateValue(value, forKey: sample) == nil else {
                    throw Malformed(description: "twice: \(line)")
                }
            }
        }
        try checkHistograms()
    }

    private static func belongs(_ name: String, to family: String, type: String?) -> Bool {
        type == "histogram" ? ["_bucket", "_sum", "_count"].contains { name == family + $0 } : name == family
    }

    private static func sample(_ line: Substring) throws -> (Sample, Double) {
        var rest = Substring(line)
        func malformed() -> Malformed { Malformed(description: "sample: \(line)") }
        func name(allowsColon: Bool) throws -> String {
            let name = rest.prefix {
                $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":" && allowsColon)
            }
            guard let first = name.first, !first.isNumber else { throw malformed() }
            rest = rest.dropFirst(name.count)
            return String(name)
        }
        let metric = try name(allowsColon: true)
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest.removeFirst()
            while rest.first != "}" {
                let label = try name(allowsColon: false)
                guard rest.hasPrefix("=\"") else { throw malformed() }
                rest = rest.dropFirst(2)
                var value = ""
                while let character = rest.popFirst(), character != "\"" {
                    guard character == "\\" else {
                        value.append(character)
                        continue
                    }
                    switch rest.popFirst() {
                    case "\\": value += "\\"
                    case "\"": value += "\""
                    case "n": value += "\n"
                    default: throw malformed()
                    }
                }
                guard labels.updateValue(value, forKey: label) == nil else { throw malformed() }
                if rest.first == "," { rest.removeFirst() } else if rest.first != "}" { throw malformed() }
            }
            rest.removeFirst()
        }
        guard rest.first == " " else { throw malformed() }
        let number = rest.dropFirst()
        let special = ["+Inf": Double.infinity, "-Inf": -Double.infinity, "NaN": Double.nan][String(number)]
        guard let value = special ?? (number.contains("n") ? nil : Double(number)) else { throw malformed() }
        return (Sample(name: metric, labels: labels), value)
    }

    /// Buckets grow with their bound, and the last one, +Inf, is the count.
    private func checkHistograms() throws {
        for (sample, count) in samples {
            guard sample.name.hasSuffix("_count"), types[String(sample.name.dropLast(6))] == "histogram" else {
                continue
            }
            let family = sample.name.dropLast(6)
            let buckets = samples.compactMap { other, value -> (Double, Double)? in
                guard other.name == family + "_bucket", var le = other.labels["le"] else { return nil }
                var labels = other.labels
                labels["le"] = nil
                if le == "+Inf" { le = "inf" }
                return labels == sample.labels ? Double(le).map { ($0, value) } : nil
            }.sorted { $0.0 < $1.0 }
            let isCumulative = zip(buckets, buckets.dropFirst()).allSatisfy { $0.1 <= $1.1 }
            guard isCumulative, buckets.last?.0 == .infinity, buckets.last?.1 == count,
                samples[Sample(name: family + "_sum", labels: sample.labels)] != nil
            else { throw Malformed(description: "histogram \(family) \(sample.labels)") }
        }
    }
}
