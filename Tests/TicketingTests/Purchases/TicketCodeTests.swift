import Testing
import Ticketing

@Suite struct TicketCodeTests {
    private let codes = TicketCode(secret: Sample.key)
    private let id = ticketID(orderID: orderID(idem: "idem-0001"), seatID: "R1C1")

    @Test func `a code names its ticket`() {
        let text = codes.text(ticketID: id)
        #expect(text == "T1.tkt_qd06mrxz8fchzhrd6h7r53nj21.letAlY1lbBfRonBuec4Clg")
        #expect(codes.ticketID(in: text) == id)
    }

    @Test func `no other text does`() {
        let text = Array(codes.text(ticketID: id).utf8)
        for index in text.indices {
            for replacement in [UInt8(ascii: "x"), UInt8(ascii: "A"), UInt8(ascii: ".")]
            where replacement != text[index] {
                var changed = text
                changed[index] = replacement
                #expect(codes.ticketID(in: String(decoding: changed, as: UTF8.self)) == nil)
            }
            #expect(codes.ticketID(in: String(decoding: text[..<index], as: UTF8.self)) == nil)
        }
        let whole = String(decoding: text, as: UTF8.self)
        for other in [
            "", "T1..", "T2." + whole.dropFirst(3), whole + ".", whole + "A", String(repeating: "a", count: 1_000_000),
        ] {
            #expect(codes.ticketID(in: other) == nil)
        }
        #expect(TicketCode(secret: Sample.key.reversed()).ticketID(in: whole) == nil)
    }
}
