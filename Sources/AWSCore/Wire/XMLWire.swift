import Foundation
import FoundationXML

extension WireValue {
    /// A REST-XML body (https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html). A member of the root's own wire
    /// name is the whole body.
    func xml(root: (name: String, namespace: String), _ names: WireNames) throws -> String {
        var content = self
        if case .structure(let members) = self,
            let payload = members.first(where: { names.plain($0.name) == root.name })
        {
            content = payload.value
        }
        let attribute = root.namespace.isEmpty ? "" : " xmlns=\"\(root.namespace.xmlEscaped)\""
        let inner = try content.xmlContent(names)
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?><\(root.name)\(attribute)>\(inner)</\(root.name)>"
    }

    private func xmlContent(_ names: WireNames) throws -> String {
        switch self {
        case .null: return ""
        case .bool(let value): return value ? "true" : "false"
        case .integer(let value): return String(value)
        case .double(let value): return String(value)
        case .string(let value): return value.xmlEscaped
        case .date(let value): return value.wireText
        case .data(let value): return value.base64EncodedString()
        case .structure(let members):
            return try members.map { member in
                let name = names.plain(member.name)
                let values = if case .list(let elements) = member.value { elements } else { [member.value] }
                return try values.map { "<\(name)>\(try $0.xmlContent(names))</\(name)>" }.joined()
            }.joined()
        case .list, .map:
            throw EncodingError.invalidValue(
                self,
                EncodingError.Context(codingPath: [], debugDescription: "REST-XML has no maps and no lists of lists"))
        }
    }
}

extension String {
    fileprivate var xmlEscaped: String {
        var text = ""
        for character in unicodeScalars {
            switch character {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "\r": text += "&#xD;"
            default: text.unicodeScalars.append(character)
            }
        }
        return text
    }
}

/// One element of an XML answer; names without prefixes, attributes and comments dropped.
final class XMLNode {
    let name: String
    let lowercasedName: String
    fileprivate(set) var children: [XMLNode] = []
    fileprivate(set) var text = ""

    fileprivate init(_ name: String) {
        self.name = name
        lowercasedName = name.lowercased()
    }

    /// An answer without a body.
    static var empty: XMLNode { XMLNode("") }

    /// - Throws: `DecodingError` when `bytes` are not well-formed XML.
    static func parse(_ bytes: [UInt8]) throws -> XMLNode {
        let parser = XMLParser(data: Data(bytes))
        parser.shouldProcessNamespaces = true
        let builder = XMLTreeBuilder()
        parser.delegate = builder
        // The parser's own verdict passes some ill-formed texts.
        guard parser.parse(), builder.isWellFormed, let root = builder.root else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: [], debugDescription: "the answer is not well-formed XML"))
        }
        return root
    }

    /// The first child of that name, case ignored.
    func child(_ name: String) -> XMLNode? {
        let lowercased = name.lowercased()
        return children.first { $0.lowercasedName == lowercased }
    }
}

private final class XMLTreeBuilder: NSObject, XMLParserDelegate {
    var root: XMLNode?
    private var open: [XMLNode] = []
    private var hasFailed = false

    var isWellFormed: Bool { open.isEmpty && !hasFailed }

    func parser(
        _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        let node = XMLNode(elementName)
        if let parent = open.last { parent.children.append(node) } else { root = node }
        open.append(node)
    }

    func parser(_ parser: XMLParser, didEndElement elementName: String, namespaceURI: String?, qualifiedName: String?) {
        if open.last?.name == elementName { open.removeLast() } else { hasFailed = true }
    }

    func parser(_ parser: XMLParser, parseErrorOccurred parseError: any Error) {
        // libxml2's warnings arrive here too: an odd xml:lang, a namespace that is no URI or a relative one.
        if ![98, 99, 100].contains((parseError as NSError).code) { hasFailed = true }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { open.last?.text += string }

    func parser(_ parser: XMLParser, foundCDATA block: Data) {
        open.last?.text += String(decoding: block, as: UTF8.self)
    }
}

/// A place in an XML answer: the elements of one name under one parent.
struct XMLSource: WireSource {
    /// What a list is.
    enum Lists {
        /// The element around the items.
        case wrapped
        /// The element itself, repeated.
        case repeated
    }

    private let elements: [XMLNode]
    private let lists: Lists
    private var isMap = false
    private var extras: [String: String] = [:]

    init(_ element: XMLNode, lists: Lists) {
        elements = [element]
        self.lists = lists
    }

    private init(elements: [XMLNode], lists: Lists) {
        self.elements = elements
        self.lists = lists
    }

    var isNull: Bool { false }
    var isEmpty: Bool {
        elements.allSatisfy { $0.children.isEmpty && $0.text.allSatisfy(\.isWhitespace) } && extras.isEmpty
    }

    static var hasMaps: Bool { true }
    var asMap: XMLSource {
        var source = self
        source.isMap = true
        return source
    }

    /// The entries of a map: `<entry><key/><value/></entry>`, or one element a key.
    private var entries: [(key: String, value: XMLNode)] {
        elements.flatMap(\.children).map { entry in
            if let key = entry.child("key"), let value = entry.child("value") {
                (key: key.text, value: value)
            } else {
                (key: entry.name, value: entry)
            }
        }
    }

    var memberNames: [String] { isMap ? entries.map(\.key) : elements.flatMap(\.children).map(\.name) + extras.keys }

    func member(_ name: String) -> XMLSource? {
        if isMap {
            let found = entries.filter { $0.key == name }.map(\.value)
            return found.isEmpty ? nil : XMLSource(elements: found, lists: lists)
        }
        if let text = extras[name.lowercased()] {
            let node = XMLNode(name)
            node.text = text
            return XMLSource(elements: [node], lists: lists)
        }
        let lowercased = name.lowercased()
        let found = elements.flatMap(\.children).filter { $0.lowercasedName == lowercased }
        return found.isEmpty ? nil : XMLSource(elements: found, lists: lists)
    }

    func setting(_ name: String, to text: String) -> XMLSource {
        var source = self
        source.extras[name.lowercased()] = text
        return source
    }

    var items: [XMLSource]? {
        let nodes = lists == .wrapped ? elements.flatMap(\.children) : elements
        return nodes.map { XMLSource(elements: [$0], lists: lists) }
    }

    /// Text stays as it is; numbers and dates are trimmed.
    var string: String? { elements.first?.text }
    private var trimmed: String? { string?.trimmingCharacters(in: .whitespacesAndNewlines) }

    var bool: Bool? {
        switch trimmed?.lowercased() {
        case "true", "1": true
        case "false", "0": false
        default: nil
        }
    }

    var integer: Int64? { trimmed.flatMap { Int64($0) } }
    var double: Double? { trimmed.flatMap { Double($0) } }
    var data: Data? { trimmed.flatMap { Data(base64Encoded: $0) } }
    var date: Date? {
        trimmed.flatMap { text in Date(wireText: text) ?? Double(text).map(Date.init(timeIntervalSince1970:)) }
    }
}
