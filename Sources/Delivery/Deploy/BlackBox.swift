public import Foundation

/// What was seen when a release failed: one JSON file for programs, one HTML page for people.
public struct BlackBox: Sendable, Codable, Equatable {
    /// A task that ended, in ECS's words.
    public struct StoppedTask: Sendable, Codable, Equatable {
        public var task: String
        public var revision: String?
        /// TaskFailedToStart, EssentialContainerExited, ...
        public var code: String?
        public var reason: String?
        /// "public: exit code 1, CannotPullContainerError: ..."
        public var containers: [String]
    }

    /// What ECS says happened to a service.
    public struct Event: Sendable, Codable, Equatable {
        public var time: Date?
        public var message: String
    }

    /// The health of a task behind its load balancer, in Elastic Load Balancing's words.
    public struct TargetState: Sendable, Codable, Equatable {
        /// "10.11.3.4:3000"
        public var target: String
        public var state: String
        public var reason: String?
    }

    /// What was gathered about a service of the wave.
    public struct Service: Sendable, Codable, Equatable {
        public var region: String
        public var service: String
        public var from: String
        public var to: String
        public var stoppedTasks: [StoppedTask] = []
        /// The last lines of the tasks that stopped, or else of those that run; at most `Evidence.lineLimit`.
        public var logLines: [String] = []
        public var targets: [TargetState] = []
        /// The newest first.
        public var events: [Event] = []
        /// What could not be asked for, and why.
        public var gaps: [String] = []
    }

    /// An alarm of CloudWatch at the time; `state`: OK, ALARM or INSUFFICIENT_DATA.
    public struct Alarm: Sendable, Codable, Equatable {
        public var region: String
        public var name: String
        public var state: String
        public var reason: String?
    }

    public var release: String
    public var operation: String
    public var wave: Int
    public var reason: String
    public var by: String
    public var since: Date
    public var at: Date
    public var services: [Service]
    public var alarms: [Alarm]
    public var gaps: [String]

    /// Writes `<release>.json` and `<release>.html`, readable by nobody else.
    /// - Returns: the page's path.
    public func write(into folder: String) throws -> String {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let base = "\(folder)/\(release)"
        for (path, data) in [("\(base).json", try json), ("\(base).html", Data(BlackBoxPage(self).html.utf8))] {
            try data.write(to: URL(fileURLWithPath: path), options: .atomic)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        }
        return "\(base).html"
    }

    var json: Data {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            encoder.dateEncodingStrategy = .iso8601
            return try encoder.encode(self)
        }
    }
}
