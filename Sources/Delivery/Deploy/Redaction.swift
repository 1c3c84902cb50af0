import Foundation

/// Takes out of a log line what looks like a secret. A line is never trusted to hold none.
enum Redaction {
    static let mark = "[redacted]"

    /// The longest line that is kept.
    private static let length = 2_000

    static func redacted(_ line: String) -> String {
        var line = String(line.prefix(length))
        for pattern in patterns {
            line.replace(pattern) { match in
                let kept = match.output[1].substring.map(String.init) ?? ""
                return kept + mark
            }
        }
        return line
    }

    /// The first group of each is kept, what follows it is not.
    private static var patterns: [Regex<AnyRegexOutput>] {
        get {
            sources.compactMap { try? Regex($0) }
        }
    }

    private static let sources = [
        // user:password@host of any URL
        #"([a-zA-Z][a-zA-Z0-9+.-]*://[^\s:/@]*:)[^\s@]+(?=@)"#,
        // name=value, "name": "value", name: value
        #"(?i)("?[a-z0-9_-]*(?:password|passwd|secret|token|api[_-]?key|access[_-]?key|authorization|credential)[a-z0-9_-]*"?\s*[=:]\s*"?(?:bearer\s+|basic\s+)?)[^\s",;&}]+"#,
        #"(?i)(bearer\s+)[a-z0-9._~+/=-]{8,}"#,
        // AWS access key ids
        #"()\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"#,
        // JSON web tokens and the like: three long parts
        #"()\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"#,
    ]
}
