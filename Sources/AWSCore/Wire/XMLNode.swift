internal import CExpat

/// One element of an XML answer; names without prefixes, attributes and comments dropped.
final class XMLNode {
    /// Elements in one another; answers of AWS have about ten.
    static let maximumDepth = 256

    let name: String
    let lowercasedName: String
    var children: [XMLNode] = []
    var text = ""

    init(_ name: String) {
        self.name = name
        lowercasedName = name.lowercased()
    }

    /// An answer without a body.
    static var empty: XMLNode { XMLNode("") }

    /// External entities are not followed, and expat bounds what internal ones may grow to.
    /// - Throws: `DecodingError` when `bytes` are not well-formed XML, or nested too deeply.
    static func parse(_ bytes: [UInt8]) throws -> XMLNode {
        let builder = XMLTreeBuilder()
        guard let root = builder.parse(bytes) else {
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

/// Builds the tree from expat's calls (https://libexpat.github.io/doc/api/latest/). Owns the parser.
private final class XMLTreeBuilder {
    /// What expat puts between a namespace and a name. White space in an attribute becomes spaces, so no namespace holds it.
    private static let separator = UInt8(ascii: "\n")

    private let parser: XML_Parser?
    private var root: XMLNode?
    private var open: [XMLNode] = []

    init() {
        parser = XML_ParserCreateNS(nil, XML_Char(Self.separator))
        XML_SetUserData(parser, Unmanaged.passUnretained(self).toOpaque())
        XML_SetElementHandler(
            parser, { context, name, _ in XMLTreeBuilder.from(context)?.start(name) },
            { context, _ in XMLTreeBuilder.from(context)?.end() })
        XML_SetCharacterDataHandler(parser) { context, bytes, count in
            XMLTreeBuilder.from(context)?.add(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
        }
    }

    deinit { XML_ParserFree(parser) }

    /// `nil`: not well-formed, or nested too deeply. To be called once.
    func parse(_ bytes: [UInt8]) -> XMLNode? {
        guard parser != nil, let count = Int32(exactly: bytes.count) else { return nil }
        let status = bytes.withUnsafeBytes { bytes in
            XML_Parse(parser, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), count, 1)
        }
        return status == XML_STATUS_OK ? root : nil
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> XMLTreeBuilder? {
        context.map { Unmanaged<XMLTreeBuilder>.fromOpaque($0).takeUnretainedValue() }
    }

    private func start(_ name: UnsafePointer<XML_Char>?) {
        guard let name, open.count < XMLNode.maximumDepth else {
            XML_StopParser(parser, XML_Bool(0))
            return
        }
        let node = XMLNode(String(String(cString: name).split(separator: "\n").last ?? ""))
        if let parent = open.last { parent.children.append(node) } else { root = node }
        open.append(node)
    }

    private func end() { _ = open.popLast() }

    private func add(_ bytes: UnsafeRawBufferPointer) { open.last?.text += String(decoding: bytes, as: UTF8.self) }
}
