import Foundation
import Observability
import RedisClient
import ServiceRoles
import Ticketing

/// The settings of `serve`, from the environment. A store whose setting is absent is the embedded one.
struct ServiceSettings {
    /// Whether the ledger is PostgreSQL: `DATABASE_URL`, or `DATABASE_HOST` and its companions as step 04 gives them.
    var hasLedger: Bool
    var redis: RedisConfiguration?
    var table: String?
    var queueURL: String?
    var region: String?
    var port: Int?
    var metricsPort: Int?
    var grace: Duration = .seconds(25)
    var roles = RoleSettings()
    /// Of no role yet.
    var telemetry: TelemetryConfiguration
    var roomKey: [UInt8]?
    var webhookSecret: [UInt8]?

    /// Everything that is wrong, at once.
    struct Problems: Error, CustomStringConvertible {
        var lines: [String]
        var description: String { "the environment is unusable:\n" + lines.map { "  \($0)" }.joined(separator: "\n") }
    }

    init(_ environment: [String: String]) throws {
        let reader = Reader(values: environment.filter { !$0.value.isEmpty })
        hasLedger = Database.isNamed(in: environment)
        reader.problems.lines += hasLedger ? Database.problems(in: environment) : []
        redis = reader.redis("REDIS_URL", password: "REDIS_AUTH")
        telemetry = reader.telemetry()
        table = reader.text("DDB_TABLE")
        queueURL = reader.text("SQS_URL")
        region = reader.text("AWS_REGION") ?? reader.text("AWS_DEFAULT_REGION")
        port = reader.number("PORT", 0...65_535)
        metricsPort = reader.number("METRICS_PORT", 0...65_535)
        if let seconds = reader.number("SHUTDOWN_GRACE", 1...600) { grace = .seconds(seconds) }
        if let seconds = reader.number("HOLD_SECONDS", 1...3_600) { roles.holdDuration = .seconds(seconds) }
        if let rate = reader.number("ROOM_RATE", 1...1_000_000) { roles.room.ratePerSecond = Double(rate) }
        if let burst = reader.number("ROOM_BURST", 1...1_000_000) { roles.room.burst = Int64(burst) }
        if let seconds = reader.number("ROOM_ADMISSION_SECONDS", 10...86_400) {
            roles.room.admissionSeconds = Int64(seconds)
            roles.room.noShowSeconds = min(roles.room.noShowSeconds, Int64(seconds))
        }
        reader.check(roles.room)
        if let bound = reader.number("USER_REQUESTS_PER_SECOND", 0...60_000) { roles.userRequestsPerSecond = bound }
        if let loops = reader.number("WORKER_LOOPS", 1...64) { roles.workerLoops = loops }
        if let seconds = reader.number("QUEUE_VISIBILITY_SECONDS", 3...43_200) { roles.visibility = .seconds(seconds) }
        roles.requiresRoomToken = reader.flag("CONFIRM_REQUIRE_ROOM_TOKEN") ?? false
        roomKey = reader.key("ROOM_TOKEN_KEY")
        webhookSecret = reader.key("WEBHOOK_SECRET")
        // A provider that signs its reports is connected, so its word is waited for.
        roles.requiresPayment = reader.flag("CONFIRM_REQUIRE_PAYMENT") ?? (webhookSecret != nil)
        if let url = queueURL.map(URL.init(string:)),
            !["http", "https"].contains(url?.scheme ?? "") || (url?.host() ?? "").isEmpty
        {
            reader.problems.lines.append("SQS_URL: the queue's URL is expected, as `tickctl outputs` shows it")
        }
        if (table != nil || queueURL != nil) && region == nil {
            reader.problems.lines.append("AWS_REGION: DDB_TABLE and SQS_URL need it; export AWS_REGION=ap-northeast-1")
        }
        if !reader.problems.lines.isEmpty { throw reader.problems }
    }

    /// The settings of a room by their variables.
    private static let roomVariables = [
        "rate": "ROOM_RATE", "burst": "ROOM_BURST", "admission": "ROOM_ADMISSION_SECONDS",
        "no-show": "ROOM_ADMISSION_SECONDS",
    ]

    /// Collects what is wrong while it reads.
    private final class Reader {
        let values: [String: String]
        var problems = Problems(lines: [])

        init(values: [String: String]) { self.values = values }

        func text(_ name: String) -> String? { values[name] }

        func number(_ name: String, _ range: ClosedRange<Int>) -> Int? {
            guard let text = values[name] else { return nil }
            guard let number = Int(text), range.contains(number) else {
                problems.lines.append(
                    "\(name)=\(text.prefix(40)): a whole number from \(range.lowerBound) to \(range.upperBound) is expected"
                )
                return nil
            }
            return number
        }

        func flag(_ name: String) -> Bool? {
            switch values[name]?.lowercased() {
            case nil: return nil
            case "true", "1": return true
            case "false", "0": return false
            case .some(let text):
                problems.lines.append("\(name)=\(text.prefix(40)): true or false is expected")
                return nil
            }
        }

        /// What each number allows by itself they may not allow together.
        func check(_ room: RoomSettings) {
            do {
                try room.validate()
            } catch {
                let name = ServiceSettings.roomVariables[error.setting] ?? "ROOM_RATE"
                guard !problems.lines.contains(where: { $0.hasPrefix(name) }) else { return }
                problems.lines.append(
                    "\(name): \(error.reason); ROOM_RATE is \(room.ratePerSecond), ROOM_BURST \(room.burst)")
            }
        }

        func redis(_ url: String, password: String) -> RedisConfiguration? {
            guard let text = values[url] else { return nil }
            do {
                return try RedisConfiguration(url: text, password: values[password])
            } catch {
                problems.lines.append("\(url): \(error.message)")
                return nil
            }
        }

        /// Each variable by itself, so that every wrong one is named.
        func telemetry() -> TelemetryConfiguration {
            var usable = values
            for name in TelemetryConfiguration.variables {
                do {
                    _ = try TelemetryConfiguration(role: "", environment: values.filter { $0.key == name })
                } catch {
                    problems.lines.append(error.message)
                    usable[name] = nil
                }
            }
            return (try? TelemetryConfiguration(role: "", environment: usable)) ?? TelemetryConfiguration(role: "")
        }

        /// The value itself is never shown.
        func key(_ name: String) -> [UInt8]? {
            guard let text = values[name] else { return nil }
            guard text.utf8.count >= 32 else {
                problems.lines.append("\(name): at least 32 characters are expected; `openssl rand -hex 32` makes some")
                return nil
            }
            return Array(text.utf8)
        }
    }
}
