import Testing
import Ticketing

extension HoldStoreConformance.Run {
    func purgingSparesWhatIsUnsentOrYoung() async throws {
        let records = [("old", 1), ("unsent", 2), ("old-too", 3), ("young", 20)].map { name, second in
            commit(name, alice, [sample.seat(Int(second))], at: Int64(second))
        }
        for record in records { #expect(try await pin(record) == .recorded) }
        try await store.markSent([records[0], records[2], records[3]].map(\.idem))
        var gone = 0
        while true {
            let batch = try await store.purgeCommits(before: sample.after(10), limit: 1)
            #expect(batch <= 1)
            gone += batch
            if batch == 0 { break }
        }
        // Some other run's may be among them; a store that forgets by itself has nothing to do.
        let left = try await atOnce(4) { try await store.commit(idem: records[$0].idem)?.idem }
        #expect(left == records.enumerated().map { gone > 0 && [0, 2].contains($0) ? nil : $1.idem })
        #expect(try await takenSeats(at: 30).count == 4, "the seats stay pinned")
    }
}
