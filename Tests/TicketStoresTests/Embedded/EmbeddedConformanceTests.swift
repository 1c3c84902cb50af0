import Testing
import Ticketing

@testable import TicketStores

/// The conformance suite on every embedded store. Queue cases are mostly waiting, so all of it runs in parallel.
@Suite struct EmbeddedConformanceTests {
    @Test(arguments: HoldStoreConformance.Case.allCases)
    func holdStoreKeeps(_ promise: HoldStoreConformance.Case) async throws {
        let folder = EmbeddedFolder()
        try await HoldStoreConformance.run(promise, on: SQLiteHoldStore(folder.open()))
    }

    @Test(arguments: CommitQueueConformance.Case.allCases)
    func commitQueueKeeps(_ promise: CommitQueueConformance.Case) async throws {
        let folder = EmbeddedFolder()
        try await CommitQueueConformance.run(promise, on: SQLiteCommitQueue(folder.open()))
    }

    @Test(arguments: DeadLetterConformance.Case.allCases)
    func deadLetterQueueKeeps(_ promise: DeadLetterConformance.Case) async throws {
        let folder = EmbeddedFolder()
        let database = try folder.open()
        try await DeadLetterConformance.run(
            promise, on: SQLiteCommitQueue(database), deadLetters: SQLiteDeadLetterQueue(database))
    }

    @Test(arguments: LedgerConformance.Case.allCases)
    func ledgerKeeps(_ promise: LedgerConformance.Case) async throws {
        let folder = EmbeddedFolder()
        let database = try folder.open()
        try await LedgerConformance.run(promise, on: SQLiteLedger(database)) { try await database.seed($0) }
    }

    @Test(arguments: SharedCacheConformance.Case.allCases)
    func cacheKeeps(_ promise: SharedCacheConformance.Case) async throws {
        try await SharedCacheConformance.run(promise, on: InProcessCache())
    }

    @Test(arguments: RoomStoreConformance.Case.allCases)
    func roomStoreKeeps(_ promise: RoomStoreConformance.Case) async throws {
        try await RoomStoreConformance.run(promise, on: InProcessRoomStore())
    }
}
