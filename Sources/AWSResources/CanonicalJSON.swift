import Foundation

/// `text`'s JSON document in its one spelling (keys sorted, no white space), so that documents that services reformat
/// compare as text; `text` itself when it is no JSON.
func canonicalJSON(_ text: String) -> String {
    let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes, .fragmentsAllowed]
    guard let document = try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed),
        let data = try? JSONSerialization.data(withJSONObject: document, options: options)
    else { return text }
    return String(decoding: data, as: UTF8.self)
}
