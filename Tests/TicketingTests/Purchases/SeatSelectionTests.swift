import Testing
import Ticketing

@Suite struct SeatSelectionTests {
    @Test func `seats are sorted, each once`() throws {
        #expect(try SeatSelection(seatID: "R1C1", seatIDs: nil).seatIDs == ["R1C1"])
        #expect(try SeatSelection(seatID: nil, seatIDs: ["b", "a", "b"]).seatIDs == ["a", "b"])
        #expect(try SeatSelection(seatIDs: (0..<10).map { "s\($0)" }).seatIDs.count == 10)
        #expect(try SeatSelection(seatIDs: [String(repeating: "🎫", count: 128)]).seatIDs.count == 1)
    }

    @Test(
        arguments: [
            (nil, nil, "seatId", "missing"), ("a", ["a"], "seatId, seatIds", "not both"), (nil, [], "seatIds", "not 0"),
            (nil, (0..<11).map { "s\($0)" }, "seatIds", "not 11"),
            (nil, Array(repeating: "a", count: 11), "seatIds", "not 11"),
            ("", nil, "seatId", "empty"), (nil, ["a", ""], "seatIds", "empty"),
            (String(repeating: "s", count: 129), nil, "seatId", "longer"), ("a\u{0}", nil, "seatId", "control"),
            (nil, ["a\u{7F}"], "seatIds", "control"),
        ] as [(String?, [String]?, String, String)])
    func `what is no selection is refused by the name of the field`(
        seatID: String?, seatIDs: [String]?, field: String, word: String
    ) {
        do {
            _ = try SeatSelection(seatID: seatID, seatIDs: seatIDs)
            Issue.record("it was accepted")
        } catch {
            #expect(error.field == field && error.reason.contains(word), "\(error)")
        }
    }
}
