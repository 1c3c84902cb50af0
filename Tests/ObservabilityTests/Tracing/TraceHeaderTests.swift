import Observability
import TestSupport
import Testing

@Suite struct TraceHeaderTests {
    private static let root = "Root=1-5759e988-bd862e3fe1be46a994272793"

    @Test(arguments: [
        root, root + ";Sampled=1", root + ";Parent=53995c3f42cd8ad8;Sampled=1",
        root + ";Parent=0000000000000000;Sampled=0", root + ";Sampled=?",
        root + ";Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a87bd80c:0|68fd508a:5",
        root + ";Self=1-67891234-12456789abcdef012345678;x=", "Root=1-00000000-0000000000000000ffffffff",
    ])
    func whatIsReadIsWrittenAgain(_ text: String) {
        #expect(TraceHeader(text)?.description == text)
    }

    @Test func theOrderAndBlanksOfPartsDoNotMatter() {
        let header = TraceHeader("Self=1-a; Sampled=0 ;Parent=53995c3f42cd8ad8;  " + Self.root)
        #expect(header?.description == Self.root + ";Parent=53995c3f42cd8ad8;Sampled=0;Self=1-a")
        #expect(header?.decision == .notSampled)
        #expect(header?.extras == ["Self=1-a"])
        #expect(header?.root.epochSeconds == 0x5759_e988)
    }

    @Test(arguments: [
        "", ";", "Sampled=1", "Parent=53995c3f42cd8ad8", root + ";" + root, root + ";", ";" + root,
        "root=1-5759e988-bd862e3fe1be46a994272793", "Root=2-5759e988-bd862e3fe1be46a994272793",
        "Root=1-5759E988-bd862e3fe1be46a994272793", "Root=1-5759e98-bd862e3fe1be46a994272793",
        "Root=1-5759e988-bd862e3fe1be46a99427279", "Root=1-5759e988-bd862e3fe1be46a9942727933",
        "Root=1-5759e988xbd862e3fe1be46a994272793", "Root=1-5759e988-bd862e3fe1be46a99427279g", "Root=",
        root + ";Parent=53995c3f42cd8ad", root + ";Parent=53995c3f42cd8ad8f", root + ";Parent=",
        root + ";Parent=53995c3f42cd8adg", root + ";Parent=53995c3f42cd8ad8;Parent=53995c3f42cd8ad8",
        root + ";Sampled=", root + ";Sampled=2", root + ";Sampled=10", root + ";Sampled=1;Sampled=1",
        root + ";junk", root + ";=v", root + ";k=a b", root + ";k=\r\nX-Evil: 1", root + ";k=é", root + ";k=\u{0}",
        root + ";k=" + String(repeating: "x", count: 1_024),
    ])
    func malformedHeadersAreRefused(_ text: String) {
        #expect(TraceHeader(text) == nil)
    }

    @Test func noBytesTrapAndWhatIsTakenIsStable() {
        let seed: UInt64 = 20_261_121
        var generator = SeededGenerator(seed: seed)
        let valid = Array((Self.root + ";Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a:1").utf8)
        var taken = 0
        for _ in 0..<20_000 {
            var bytes = valid
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0...2, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: place)
                default: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &generator)], at: place)
                }
            }
            guard let header = TraceHeader(bytes.span) else { continue }
            taken += 1
            #expect(TraceHeader(header.description) == header, "seed \(seed): \(header)")
        }
        #expect(taken > 1_000)
    }
}
