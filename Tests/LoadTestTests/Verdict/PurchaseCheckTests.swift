import Foundation
import Testing

@testable import LoadTest

@Suite struct PurchaseCheckTests {
    private func check(_ lines: [[HistoryLine]], stores: StoredSales? = nil) throws -> PurchaseCheck {
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
        return try PurchaseCheck(paths: paths, stores: stores)
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

    private func stores(_ statuses: [String: String], _ tickets: [(id: String, seat: String)]) -> StoredSales {
        var sales = StoredSales()
        sales.statuses = statuses
        for ticket in tickets { sales.add(ticket: ticket.id, eventID: "e", seatID: ticket.seat) }
        return sales
    }

    @Test func `the stores have the last word`() throws {
        let history = [[bought("a", "1"), bought("b", "2", .rejected), bought("c", "3")]]
        let statuses = ["a": "CONFIRMED", "b": "REJECTED", "c": "CONFIRMED"]
        #expect(try check(history, stores: stores(statuses, [("t-a", "1"), ("t-b", "2"), ("t-c", "3")])).isKept)
        let others = try check(
            history, stores: stores(["a": "CONFIRMED", "b": "CONFIRMED"], [("t-a", "1"), ("t-b", "2")]))
        #expect(others.storesThatDisagree == 2)
        #expect(!others.isKept)
        let missing = try check(history, stores: stores(statuses, [("t-a", "1"), ("t-b", "2"), ("t-x", "3")]))
        #expect(missing.storesThatDisagree == 1)
        #expect(missing.examples == ["c has the tickets t-c, which the stores do not have"])
    }

    @Test func `a seat with two live tickets in the stores is sold twice, whoever bought the other`() throws {
        let sales = stores(["a": "CONFIRMED"], [("t-a", "1"), ("t-z", "1")])
        let check = try check([[bought("a", "1")]], stores: sales)
        #expect(check.doubleSold == 1 && check.storesThatDisagree == 0)
        #expect(check.examples == ["e 1 has the live tickets t-a, t-z"])
        #expect(!check.isKept)
    }
}
