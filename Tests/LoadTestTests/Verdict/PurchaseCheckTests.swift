import Foundation
import Testing

@testable import LoadTest

@Suite struct PurchaseCheckTests {
    private func check(_ lines: [[HistoryLine]], orders: [String: String]? = nil) throws -> PurchaseCheck {
        let folder = FileManager.default.temporaryDirectory.appending(path: "history-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var paths: [String] = []
        for (index, part) in lines.enumerated() {
            paths.append(folder.appending(path: "\(index).tsv").path)
            let writer = try HistoryWriter(path: paths[index])
            for line in part { try writer.write([line]) }
            _ = try writer.close()
        }
        return try PurchaseCheck(paths: paths, orders: orders)
    }

    private func bought(_ key: String, _ seat: String, _ outcome: HistoryLine.Outcome = .confirmed) -> HistoryLine {
        .purchase(key: key, eventID: "e", seatID: seat, outcome, ticketIDs: ["t-\(key)"])
    }

    @Test func `promises that were kept are counted`() throws {
        let check = try check([[bought("a", "1"), bought("b", "2")], [bought("c", "1", .rejected)]])
        #expect((check.accepted, check.confirmed, check.rejected) == (3, 2, 1))
        #expect(check.isKept)
    }

    @Test func `a seat that two workers saw sold is sold twice`() throws {
        let check = try check([[bought("a", "1")], [bought("b", "1")]])
        #expect(check.doubleSold == 1)
        #expect(check.examples == ["e 1 is sold to a and to b"])
        #expect(!check.isKept)
    }

    @Test func `lost orders and broken replays are told`() throws {
        let check = try check([
            [
                bought("a", "1", .lost), .violation(.replay, key: "b", detail: "another\tbody"),
                .violation(.status, key: "c", detail: "CONFIRMED before, REJECTED after"),
            ]
        ])
        #expect((check.lost, check.replaysThatDiffer, check.statusesThatWentBack) == (1, 1, 1))
        #expect(!check.isKept)
    }

    @Test func `the stores have the last word`() throws {
        let history = [[bought("a", "1"), bought("b", "2", .rejected), bought("c", "3")]]
        #expect(try check(history, orders: ["a": "CONFIRMED", "b": "REJECTED", "c": "CONFIRMED"]).isKept)
        let check = try check(history, orders: ["a": "CONFIRMED", "b": "CONFIRMED"])
        #expect(check.storesThatDisagree == 2)
        #expect(!check.isKept)
    }
}
