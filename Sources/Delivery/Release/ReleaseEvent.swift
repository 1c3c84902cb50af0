public import Foundation

/// One thing that happened in a deploy or rollback: a line of `--json` (docs/events.md). Fields that do not apply are
/// left out.
public struct ReleaseEvent: Sendable, Codable, Equatable {
    /// What happened; with each, which other fields have a value.
    public enum Name: String, Sendable, Codable, CaseIterable {
        /// A service's revision is chosen: `from`, `to`; `detail`: what differs.
        case planned
        /// A revision was registered: `to`.
        case registered
        /// An open release of a killed run was found: `detail`.
        case recovering
        /// A wave begins.
        case wave
        /// A service was told to move: `from`, `to`.
        case updated
        /// Its deployment is under way; `detail`: ECS's word for it and the tasks that run.
        case rolling
        /// Its deployment ended as wanted: `seconds`.
        case deployed
        /// The alarms are watched: `detail`.
        case baking
        /// The smoke test passed.
        case smoked
        /// Something failed; `detail`: what and why.
        case failed
        /// A service goes back: `from`, `to`.
        case undoing
        /// A service is back: `to`.
        case undone
        /// Evidence was written: `detail` is the path.
        case blackBox = "black-box"
        /// Something to know.
        case note
        /// The release is over: `verdict`, `seconds`.
        case ended
    }

    public var event: Name
    public var time: Date
    public var release: String?
    public var wave: Int?
    public var region: String?
    public var service: String?
    public var from: String?
    public var to: String?
    public var detail: String?
    public var verdict: String?
    public var seconds: Double?

    public init(_ event: Name, _ target: ReleaseTarget? = nil, detail: String? = nil, time: Date = Date()) {
        self.event = event
        self.time = time
        region = target?.region
        service = target?.service
        self.detail = detail
    }

    /// As a line for people; nil: not worth one.
    public var line: String? {
        let place = region.map { region in service.map { "\(region)/\($0)" } ?? region }
        let way = [from, to].compactMap { $0 }.map(Self.short).joined(separator: " -> ")
        let took = seconds.map { " in \(($0 * 10).rounded() / 10) s" }
        let parts = [event.rawValue, place, way.isEmpty ? nil : way, verdict, detail]
        return parts.compactMap { $0 }.joined(separator: "  ") + (took ?? "")
    }

    /// "ticket-public:7" of a revision's ARN.
    static func short(_ arn: String) -> String { arn.split(separator: "/").last.map(String.init) ?? arn }
}
