import Foundation
import HTTPServer
import Logging
import NIOCore
import ServiceRoles
import Synchronization
import TestSupport
import TicketStores
import Ticketing

/// A wall clock that only moves when told.
final class TestClock: Sendable {
    private let instant = Mutex(Timestamp(milliseconds: 1_790_000_000_000))

    var now: Timestamp { instant.withLock { $0 } }
    func advance(by duration: Duration) { instant.withLock { $0 = $0 + duration } }
}

/// The roles over embedded stores in a scratch file, driven without a socket and by a clock that only moves when told.
final class RoleHarness: Sendable {
    let context: RoleContext
    let contract: Contract
    let database: EmbeddedDatabase
    let queue: SQLiteCommitQueue
    private let router: Router
    private let folder: URL
    private let clock: TestClock

    static let webhookSecret = Array("a webhook secret of 32 characters".utf8)

    init(
        settings: RoleSettings = RoleSettings(), change: (Backends) -> Backends = { $0 }
    ) async throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("roles-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        database = try EmbeddedDatabase(path: folder.path + "/tickctl.sqlite")
        _ = try await database.seed(.demo)
        let clock = TestClock()
        self.clock = clock
        queue = SQLiteCommitQueue(database, now: { clock.now })
        var settings = settings
        settings.userRequestsPerSecond = 0
        let backends = Backends(
            holds: SQLiteHoldStore(database), ledger: SQLiteLedger(database), queue: queue, cache: InProcessCache(),
            rooms: InProcessRoomStore())
        context = RoleContext(
            backends: change(backends), settings: settings,
            keys: RoleKeys(room: Array("a room key of at least 32 characters".utf8), webhook: Self.webhookSecret),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, now: { clock.now })
        let roles = try RoleRoutes(Set(RoleRoutes.HTTPRole.allCases), context: context)
        contract = roles.contract
        router = Router(roles.routes)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    var now: Timestamp { clock.now }
    func advance(by duration: Duration) { clock.advance(by: duration) }

    // MARK: - Calls

    struct Answer {
        var status: Int
        var headers: [(String, String)]
        var body: String

        func header(_ name: String) -> String? { headers.first { $0.0.lowercased() == name.lowercased() }?.1 }
        var json: [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any] ?? [:]
        }
        var error: String? { json["error"] as? String }
        func text(_ name: String) -> String { json[name] as? String ?? "" }
    }

    func get(_ target: String, _ headers: [(String, String)] = []) async throws -> Answer {
        try await send(HTTPRequest(.get, target, headers: headers))
    }

    func post(_ target: String, _ body: String, _ headers: [(String, String)] = []) async throws -> Answer {
        try await send(
            HTTPRequest(
                .post, target, headers: [("Content-Type", "application/json")] + headers, body: Array(body.utf8)))
    }

    private func send(_ request: HTTPRequest) async throws -> Answer {
        let response = try await router.respond(to: request)
        return Answer(
            status: response.status, headers: response.headers, body: String(buffer: response.body))
    }

    // MARK: - Steps of a purchase

    func token(_ user: String = "alice", event: String = "event-0001") async throws -> String {
        try await post("/public/enter", #"{"userId":"\#(user)","eventId":"\#(event)"}"#).text("roomToken")
    }

    func hold(_ seats: [String], as user: String = "alice") async throws -> Answer {
        try await post(
            "/public/hold", #"{"eventId":"event-0001","seatIds":\#(list(seats))}"#,
            [("x-room-token", try await token(user))])
    }

    func intent(
        _ seats: [String], as user: String = "alice", key: String = "intent-key"
    ) async throws -> Answer {
        try await post(
            "/confirm/payment-intent",
            #"{"userId":"\#(user)","eventId":"event-0001","seatIds":\#(list(seats))}"#, [("Idempotency-Key", key)])
    }

    func commit(
        _ intentID: String, _ seats: [String], as user: String = "alice", key: String = "commit-key"
    ) async throws -> Answer {
        try await post(
            "/confirm/commit",
            #"{"intentId":"\#(intentID)","userId":"\#(user)","eventId":"event-0001","seatIds":\#(list(seats))}"#,
            [("Idempotency-Key", key)])
    }

    func report(_ body: String, at instant: Timestamp? = nil) async throws -> Answer {
        let signature = WebhookSignature(secret: Self.webhookSecret)
        let header = signature.header(body: Array(body.utf8), at: instant ?? now)
        return try await post("/confirm/payment-callback", body, [("X-Signature", header)])
    }

    /// Runs the worker until the queue is empty.
    func work() async throws {
        await context.drainOutbox()
        let worker = Task { try await WorkerLoop(context).run() }
        defer { worker.cancel() }
        try await eventually {
            let depth = try await queue.depth()
            return depth.visible + depth.inFlight == 0
        }
        worker.cancel()
        try? await worker.value
    }

    private func list(_ seats: [String]) -> String { "[" + seats.map { "\"\($0)\"" }.joined(separator: ",") + "]" }
}
