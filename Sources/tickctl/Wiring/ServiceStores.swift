import AWSCore
import CurlTransport
import Foundation
import Logging
import Metrics
import NIOCore
import PostgresClient
import RedisClient
import ServiceRoles
import TicketStores
import Ticketing

/// Opens each port's store: the real one if its setting is there, the embedded one else.
struct ServiceStores {
    let backends: Backends
    let deadLetters: any DeadLetterQueue
    /// "holds: DynamoDB table ticket-seat-lock", one a port.
    let summary: [String]
    /// Whether no port has a real store.
    let isWhollyEmbedded: Bool
    let close: @Sendable () async -> Void

    /// - Parameter seedsDemo: an embedded ledger gets the demo event.
    init(
        _ settings: ServiceSettings, environment: [String: String], folder: String, group: any EventLoopGroup,
        seedsDemo: Bool = true
    ) async throws {
        var closing: [@Sendable () async -> Void] = []
        var summary: [String] = []
        var embedded: EmbeddedDatabase?
        func database() async throws -> EmbeddedDatabase {
            if let embedded { return embedded }
            let opened = try EmbeddedDatabase(path: try DataFolder(path: folder).databasePath)
            if seedsDemo, !settings.hasLedger {
                try await opened.seed(.demo)
            }
            embedded = opened
            return opened
        }
        let aws: AWSClient? =
            if settings.table != nil || settings.queueURL != nil {
                try Self.awsClient(environment)
            } else {
                nil
            }
        let region = settings.region ?? ""

        let holds: any HoldStore
        if let table = settings.table, let aws {
            holds = DynamoDBHoldStore(client: aws, region: region, table: table)
            summary.append("holds: DynamoDB table \(table) in \(region)")
        } else {
            holds = SQLiteHoldStore(try await database())
            summary.append("holds: SQLite")
        }

        let queue: any CommitQueue
        if let url = settings.queueURL, let aws {
            queue = SQSCommitQueue(client: aws, region: region, queueURL: url)
            deadLetters = SQSDeadLetterQueue(client: aws, region: region, queueURL: url)
            summary.append("queue: SQS \(url)")
        } else {
            let embedded = try await database()
            queue = SQLiteCommitQueue(embedded)
            deadLetters = SQLiteDeadLetterQueue(embedded)
            summary.append("queue: SQLite")
        }

        let ledger: any Ledger
        if settings.hasLedger {
            let configuration = try await Database(environment).configuration
            var observer = PostgresPool.Observer()
            let waits = Metrics.Timer(label: "database_pool_wait_seconds")
            observer.acquired = { waits.recordNanoseconds(Int64($0 / .nanoseconds(1))) }
            let pool = PostgresPool(observer: observer) {
                var configuration = try await Database(environment).configuration
                configuration.statementTimeout = .seconds(5)
                configuration.settings = PostgresLedger.sessionSettings
                return configuration
            }
            ledger = PostgresLedger(pool: pool)
            closing.append { await pool.close() }
            summary.append("ledger: PostgreSQL \(configuration.target)")
        } else {
            ledger = SQLiteLedger(try await database())
            summary.append("ledger: SQLite")
        }

        let cache: any SharedCache
        let rooms: any RoomStore
        if let configuration = settings.redis {
            let client = try RedisClient(configuration, group: group)
            cache = RedisCache(client)
            rooms = RedisRoomStore(client)
            closing.append { await client.close() }
            summary.append("cache and rooms: Redis \(configuration.target)")
        } else {
            cache = InProcessCache()
            rooms = InProcessRoomStore()
            summary.append("cache and rooms: in this process")
        }

        backends = Backends(holds: holds, ledger: ledger, queue: queue, cache: cache, rooms: rooms)
        self.summary = summary
        isWhollyEmbedded = aws == nil && settings.redis == nil && !settings.hasLedger
        let (opened, closers) = (embedded, closing)
        close = {
            for close in closers { await close() }
            try? opened?.close()
        }
    }

    /// More connections than the control half needs: a hold waits for nobody.
    private static func awsClient(_ environment: [String: String]) throws -> AWSClient {
        let shared = try SharedConfiguration(environment: environment)
        var options = CurlTransport.Options()
        options.maximumConnectionsPerHost = 128
        options.maximumIdleConnections = 256
        let transport = CurlTransport(options: options)
        var configuration = AWSClient.Configuration(
            credentials: CredentialChain(configuration: shared, transport: transport),
            endpoints: EndpointResolver(shared),
            // A buyer waits: tries again soon, and not for long.
            retry: RetryPolicy(
                maximumAttempts: 3, maximumThrottledAttempts: 5, baseDelay: .milliseconds(25),
                maximumDelay: .milliseconds(400), maximumRetryAfter: .seconds(1)))
        configuration.attemptTimeout = .seconds(25)
        return AWSClient(transport: transport, configuration: configuration)
    }
}
