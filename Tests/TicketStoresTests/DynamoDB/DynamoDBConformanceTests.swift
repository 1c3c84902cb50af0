import Testing

@testable import TicketStores

@Suite struct DynamoDBConformanceTests {
    @Test(arguments: HoldStoreConformance.Case.allCases)
    func holdStoreKeeps(_ promise: HoldStoreConformance.Case) async throws {
        try await HoldStoreConformance.run(promise, on: try await AWSEmulator.fair.get().holdStore())
    }
}
