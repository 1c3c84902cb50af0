import Foundation

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
