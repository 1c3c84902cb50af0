import Foundation
import PostgresClient
import TicketStores
import Ticketing

/// Rates of the ledger beside the plain way, through one pool: group commit beside one INSERT a transaction, many orders a
/// transaction beside one. Rounds take turns, so that a loaded machine is unfair to both; the best round of each counts.
///
/// `DATABASE_URL` names an empty database. Prints one JSON object: for each way its calls a second and the 95th percentile
/// of a call in milliseconds.
@main
enum LedgerBench {
    private static let rounds = 3
    /// Calls under way at once: buyers.
    private static let buyers = 256
    /// As the worker has them (`RoleSettings.workerLoops`), each with the messages of one receive.
    private static let workerLoops = 8
    private static let ordersAtOnce = 10
    private static let plainIntents = 4_096
    private static let groupedIntents = 20_480
    private static let plainOrders = 1_600
    private static let groupedOrders = 8_000

    static func main() async throws {
        guard let url = ProcessInfo.processInfo.environment["DATABASE_URL"] else {
            FileHandle.standardError.write(Data("DATABASE_URL: the URL of an empty database is expected\n".utf8))
            exit(1)
        }
        let configuration = try PostgresConfiguration(url: url)
        let sale = try BenchSale(seats: rounds * (plainOrders + groupedOrders))
        let session = try await PostgresConnection.connect(configuration)
        _ = try await MigrationRunner(toolVersion: "bench").migrate(session)
        _ = try await CatalogueSeeder().seed(sale.catalogue, on: session)
        await session.close()

        let pool = PostgresPool {
            var configuration = configuration
            configuration.settings = PostgresLedger.sessionSettings
            return configuration
        }
        let grouped = PostgresLedger(pool: pool)
        // A ledger of its own for each caller: nobody to share a statement with.
        let plain = (0..<buyers).map { _ in PostgresLedger(pool: pool) }
        var best: [String: Measure] = [:]
        func note(_ way: String, _ measure: Measure) {
            if best[way].map({ $0.perSecond < measure.perSecond }) ?? true { best[way] = measure }
        }
        for _ in 0..<rounds {
            note(
                "intents, one INSERT a transaction",
                try await measure(plainIntents, callers: buyers) { caller, number in
                    _ = try await plain[caller].record(sale.answer(.plain, number))
                })
            note(
                "intents, group commit",
                try await measure(groupedIntents, callers: buyers) { _, number in
                    _ = try await grouped.record(sale.answer(.grouped, number))
                })
            sale.nextRound()
        }
        for _ in 0..<rounds {
            let single = try await sale.quote(plainOrders, in: grouped, callers: buyers)
            note(
                "orders, one a transaction",
                try await measure(plainOrders, callers: workerLoops) { caller, number in
                    try await decide([single[number]], by: plain[caller])
                })
            let many = try await sale.quote(groupedOrders, in: grouped, callers: buyers)
            let batches = groupedOrders / ordersAtOnce
            var measure = try await measure(batches, callers: workerLoops) { _, number in
                try await decide(Array(many[number * ordersAtOnce..<(number + 1) * ordersAtOnce]), by: grouped)
            }
            measure.perSecond *= Double(ordersAtOnce)
            note("orders, many a transaction", measure)
        }
        await pool.close()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        print(String(decoding: try encoder.encode(best), as: UTF8.self))
    }

    private static func decide(_ requests: [DecisionRequest], by ledger: PostgresLedger) async throws {
        let orders = try await ledger.decide(requests, capture: .withoutProvider)
        guard orders.allSatisfy({ $0.status == .confirmed }) else { throw BenchSale.NotConfirmed() }
    }
}

/// How one way did in one round.
struct Measure: Encodable {
    var perSecond: Double
    /// Milliseconds.
    var p95: Double
}

/// `calls` calls by `callers` that each make the next one as soon as the one before is answered.
func measure(
    _ calls: Int, callers: Int, _ call: @escaping @Sendable (_ caller: Int, _ number: Int) async throws -> Void
) async throws -> Measure {
    let start = ContinuousClock.now
    let latencies = try await withThrowingTaskGroup(of: [Duration].self) { group in
        for caller in 0..<callers {
            group.addTask {
                var latencies: [Duration] = []
                for number in stride(from: caller, to: calls, by: callers) {
                    let start = ContinuousClock.now
                    try await call(caller, number)
                    latencies.append(.now - start)
                }
                return latencies
            }
        }
        return try await group.reduce(into: [], +=).sorted()
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    return Measure(
        perSecond: Double(calls) / seconds, p95: latencies[latencies.count * 95 / 100] / .milliseconds(1))
}
