/// What the platform itself told of a run: task counts, scaling, CloudWatch's series. Seconds are those of the run: 0 is
/// its begin.
public struct PlatformReport: Sendable, Codable, Equatable {
    /// The tasks of a service from `second` on.
    public struct Count: Sendable, Codable, Equatable {
        public var second: Double
        public var desired: Int
        public var running: Int
        public var pending: Int

        public init(second: Double, desired: Int, running: Int, pending: Int) {
            self.second = second
            self.desired = desired
            self.running = running
            self.pending = pending
        }
    }

    /// How many tasks a service had, over the run.
    public struct Tasks: Sendable, Codable, Equatable {
        public var region: String
        public var service: String
        /// Of looks in a row that saw the same, the first and the last.
        public var counts: [Count]
    }

    /// Something that autoscaling did.
    public struct ScalingEvent: Sendable, Codable, Equatable {
        public var second: Double
        /// When it was fulfilled, or given up.
        public var endSecond: Double?
        public var region: String
        public var service: String
        /// Desired tasks; absent: not known.
        public var from: Int?
        public var to: Int?
        /// "Successful", "InProgress", "Failed" ...
        public var status: String
        public var cause: String
    }

    /// A value of a period; seconds since the run's begin.
    public struct Point: Sendable, Codable, Equatable {
        /// Of the period's begin; the first may be before the run's.
        public var second: Double
        public var value: Double
    }

    /// A series by its name, in the order of time.
    public struct Line: Sendable, Codable, Equatable {
        public var name: String
        public var points: [Point]
    }

    /// Series of one region that are shown together, in one unit.
    public struct Graph: Sendable, Codable, Equatable {
        public var region: String
        public var title: String
        public var lines: [Line]
    }

    /// RFC 3339, UTC.
    public var collectedAt: String
    /// What could not be had, and why.
    public var problems: [String]
    public var tasks: [Tasks]
    public var events: [ScalingEvent]
    public var reactions: [Reaction]
    /// Of `graphs`: what one point stands for.
    public var periodSeconds: Int
    public var graphs: [Graph]
    /// Whether CloudWatch may not have shown the end of the run yet when it was asked.
    public var isEarly: Bool
}
