internal import Foundation
internal import HTTPServer
internal import Yams

/// The contract as this binary serves it: `openapi/ticketing.yaml`, cut to the roles that run.
public struct Contract: Sendable {
    public var yaml: String
    public var json: String
    /// A page that shows it without asking any other host.
    public var page: String

    /// "GET /public/health" to "publicHealth".
    public var operations: [String: String]

    /// - Parameter tags: of the operations that are served.
    /// - Throws: a Yams error for a document that is none: a bug of this binary.
    public init(tags: Set<String>) throws {
        let text = String(decoding: PackageResources.ticketing_yaml, as: UTF8.self)
        guard let document = try Yams.load(yaml: text) as? [String: Any],
            let paths = document["paths"] as? [String: Any]
        else { throw APIError(500, "internal", "the embedded contract is not a document") }
        var kept: [String: Any] = [:]
        var operations: [String: String] = [:]
        for (path, item) in paths {
            guard let methods = item as? [String: [String: Any]] else { continue }
            let served = methods.filter { _, operation in
                (operation["tags"] as? [String] ?? []).contains(where: tags.contains)
            }
            guard !served.isEmpty else { continue }
            kept[path] = served
            for (method, operation) in served {
                operations["\(method.uppercased()) \(path)"] = operation["operationId"] as? String ?? ""
            }
        }
        var slice = document
        slice["paths"] = kept
        slice["tags"] = (document["tags"] as? [[String: Any]] ?? []).filter { tag in
            (tag["name"] as? String).map(tags.contains) ?? false
        }
        yaml = try Yams.dump(object: slice, width: 120, sortKeys: true)
        json = String(
            decoding: try JSONSerialization.data(
                withJSONObject: slice, options: [.sortedKeys, .withoutEscapingSlashes]), as: UTF8.self)
        page = String(decoding: PackageResources.docs_html, as: UTF8.self)
            .replacingOccurrences(of: "{{contract}}", with: json.replacingOccurrences(of: "<", with: "\\u003c"))
        self.operations = operations
    }
}
