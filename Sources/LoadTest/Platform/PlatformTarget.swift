public import AWSServices

/// What of a platform is looked at in one region.
public struct PlatformTarget: Sendable {
    /// A series to be collected.
    public struct Line: Sendable {
        public var name: String
        /// One of them returns data; their ids are unique in the region.
        public var queries: [CloudWatch.MetricDataQuery]

        public init(_ name: String, _ queries: [CloudWatch.MetricDataQuery]) {
            self.name = name
            self.queries = queries
        }
    }

    /// Series that are shown together, in one unit.
    public struct Graph: Sendable {
        public var title: String
        public var lines: [Line]

        public init(_ title: String, _ lines: [Line]) {
            self.title = title
            self.lines = lines
        }
    }

    public var region: String
    /// Of ECS.
    public var cluster: String
    /// Whose tasks are counted and whose scaling is told, ten at most; empty: none.
    public var services: [String]
    public var graphs: [Graph]

    public init(region: String, cluster: String, services: [String], graphs: [Graph]) {
        self.region = region
        self.cluster = cluster
        self.services = services
        self.graphs = graphs
    }
}
