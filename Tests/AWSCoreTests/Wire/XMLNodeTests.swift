import Testing

@testable import AWSCore

struct XMLNodeTests {
    private func parse(_ text: String) throws -> XMLNode { try XMLNode.parse(Array(text.utf8)) }

    @Test("elements, text and character data; prefixes, attributes, comments and instructions are dropped")
    func tree() throws {
        let root = try parse(
            """
            <?xml version="1.0" encoding="UTF-8"?><!-- note --><?x y?>
            <ec2:Answer xmlns:ec2="http://example.com/doc/ 2016" xmlns="urn:d" xml:lang="e"><Item a="1">a &amp; b&#x3b; \
            <![CDATA[<c>]]> é東</Item><ec2:Item/></ec2:Answer>
            """)
        #expect(root.name == "Answer")
        #expect(root.children.map(\.name) == ["Item", "Item"])
        #expect(root.children[0].text == "a & b; <c> é東")
        #expect(root.children[1].text.isEmpty)
        #expect(root.child("ITEM") === root.children[0])
    }

    @Test(
        "what is not well-formed is refused",
        arguments: [
            "", " ", "text", "<a>", "<a></b>", "<a/><b/>", "<a", "<a>&unknown;</a>", "<a>\u{1}</a>", "<x:a/>",
            "<a b='1' b='2'/>",
            "<a/>text",
        ])
    func refused(text: String) {
        #expect(throws: DecodingError.self) { try parse(text) }
    }

    @Test("bytes that are no UTF-8 are refused")
    func encoding() {
        #expect(throws: DecodingError.self) { try XMLNode.parse(Array("<a>".utf8) + [0xff] + Array("</a>".utf8)) }
    }

    @Test("a nesting too deep is refused, and so is an entity that grows without end; no file is read")
    func bounded() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
        }
        #expect(try parse(nested(XMLNode.maximumDepth)).children.count == 1)
        #expect(throws: DecodingError.self) { try parse(nested(XMLNode.maximumDepth + 1)) }
        #expect(throws: DecodingError.self) { try parse(nested(1_000_000)) }
        let entities = (1...20).map { "<!ENTITY e\($0) \"\(String(repeating: "&e\($0 - 1);", count: 20))\">" }
        #expect(throws: DecodingError.self) {
            try parse("<!DOCTYPE a [<!ENTITY e0 \"xxxxxxxxxx\">\(entities.joined())]><a>&e20;</a>")
        }
        let external = try? parse("<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><a>&e;</a>")
        #expect(external?.text.isEmpty != false)
    }
}
