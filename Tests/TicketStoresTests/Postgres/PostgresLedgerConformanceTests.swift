import PostgresClient
import Testing

@testable import TicketStores

@Suite struct PostgresLedgerConformanceTests {
    @Test(arguments: LedgerConformance.Case.allCases)
    func ledgerKeeps(_ promise: LedgerConformance.Case) async throws {
        let database = try await LedgerDatabase.shared.value
        let pool = database.pool()
        try await LedgerConformance.run(promise, on: PostgresLedger(pool: pool)) { try await database.seed($0) }
        await pool.close()
    }
}
