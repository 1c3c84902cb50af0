import AWSCore
import AWSServices
import CurlTransport
import Synchronization
import TestSupport
import Testing
import Ticketing

@testable import TicketStores

@Suite struct DynamoDBHoldStoreTests {
    /// A store whose table is empty and whose transactions are answered by `transaction`, told their number from 0.
    private func store(
        _ transaction: @escaping @Sendable (Int) -> HTTPResponse
    ) -> (store: DynamoDBHoldStore, transactions: @Sendable () -> [HTTPRequest]) {
        let count = Mutex(0)
        let transport = ScriptedTransport { request, _ in
            guard request.headers["x-amz-target"]?.hasSuffix("TransactWriteItems") == true else {
                return HTTPResponse(200, #"{"Responses": {}, "UnprocessedKeys": {}}"#)
            }
            return transaction(
                count.withLock {
                    $0 += 1
                    return $0 - 1
                })
        }
        let client = AWSClient(
            transport: transport,
            configuration: .init(credentials: nil, endpoints: EndpointResolver(url: "http://db"), retry: .soon))
        return (
            DynamoDBHoldStore(client: client, region: AWSEmulator.region, table: "t"),
            { transport.requests.filter { $0.headers["x-amz-target"]?.hasSuffix("TransactWriteItems") == true } }
        )
    }

    private static func cancelled(_ code: String) -> HTTPResponse {
        HTTPResponse(
            400,
            #"{"__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException", "Message": "no","#
                + #" "CancellationReasons": [{"Code": "\#(code)"}, {"Code": "None"}]}"#)
    }

    @Test(arguments: ["ThrottlingError", "ProvisionedThroughputExceeded", "TransactionConflict"])
    func aTransactionThatTheTableHasNoRoomForIsTriedAgain(code: String) async throws {
        let (store, transactions) = store { $0 < 3 ? Self.cancelled(code) : HTTPResponse(200, "{}") }
        try await HoldStoreConformance.Run(store: store).held("alice", ConformanceSample().seats(1))
        #expect(transactions().count == 4)

        let (full, tries) = self.store { _ in Self.cancelled(code) }
        let error = await #expect(throws: StoreError.self) {
            try await HoldStoreConformance.Run(store: full).held("alice", ConformanceSample().seats(1))
        }
        #expect(error?.kind == .overloaded)
        #expect(tries().count == DynamoDBHoldStore.attempts)
    }

    @Test func aTransactionThatIsWrongIsNotTriedAgain() async throws {
        let (store, transactions) = store { _ in Self.cancelled("ValidationError") }
        let error = await #expect(throws: StoreError.self) {
            try await HoldStoreConformance.Run(store: store).held("alice", ConformanceSample().seats(1))
        }
        #expect(error?.kind == .invalid)
        #expect(transactions().count == 1)
    }

    @Test func aSeatThatIsNotUnderstoodIsNotTakenForFree() async throws {
        let emulator = try AWSEmulator.fair.get()
        let table = try await emulator.makeTable()
        let run = HoldStoreConformance.Run(store: try await emulator.holdStore(table: table))
        var item = SeatItem.key(run.sample.seat(1))
        item["state"] = .text("reserved for the press")
        _ = try await emulator.client().send(
            DynamoDB.PutItem(tableName: table, item: item), region: AWSEmulator.region)
        let error = await #expect(throws: StoreError.self) {
            _ = try await run.hold(run.alice, run.sample.seats(1, 2))
        }
        #expect(error?.kind == .invalid)
        #expect(error?.message.contains("A001") == true)
    }

    @Test func aHoldIsOneReadAndOneWrite() async throws {
        let log = CallLog()
        let run = HoldStoreConformance.Run(store: try await AWSEmulator.fair.get().holdStore(log))
        let before = log.total
        try await run.held(run.alice, run.sample.seats(1, 2, 3, 4))
        #expect(log.total - before == 2)
    }

    @Test func nobodyAtTheEndpointAndNoTableAreUnavailable() async throws {
        let port = try ReservedPort()
        let client = AWSClient(
            transport: CurlTransport(),
            configuration: .init(
                credentials: nil, endpoints: EndpointResolver(url: "http://127.0.0.1:\(port.number)"), retry: .soon))
        let missing = try await AWSEmulator.fair.get().holdStore(table: "never-made")
        for store in [DynamoDBHoldStore(client: client, region: AWSEmulator.region, table: "t"), missing] {
            let error = await #expect(throws: StoreError.self) { try await store.ping() }
            #expect(error?.kind == .unavailable)
        }
    }
}
