internal import Foundation

/// JSON with sorted keys and plain slashes: the same value has the same bytes.
func jsonText(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    } catch {
        // Answers are of texts, whole numbers and lists of them.
        preconditionFailure("an answer cannot be encoded: \(error)")
    }
}
