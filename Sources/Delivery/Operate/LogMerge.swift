public import AWSCore
import AWSServices
public import Foundation

/// A log group to read, and what its lines are called by.
public struct LogSource: Sendable, Hashable {
    public var region: String
    public var service: String
    public var group: String
    /// Only these streams; nil: all.
    public var streams: [String]?

    /// `streams`: names of log streams; nil: all of the group.
    public init(region: String, service: String, group: String, streams: [String]? = nil) {
        self.region = region
        self.service = service
        self.group = group
        self.streams = streams
    }
}

/// One event of a log.
public struct LogLine: Sendable, Hashable {
    public var source: LogSource
    /// Unique in its group.
    public var id: String
    /// "ecs/public/0123456789abcdef..."
    public var stream: String
    /// Milliseconds since 1970.
    public var milliseconds: Int
    public var message: String

    public var date: Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }
    /// The task's id: the last part of the stream's name.
    public var task: String { stream.split(separator: "/").last.map(String.init) ?? stream }
}

/// Reads several logs as one, in order of time, a page of each at a time: memory does not grow with the logs.
public struct LogMerge: Sendable {
    private let client: AWSClient
    private let sources: [LogSource]

    public init(client: AWSClient, sources: [LogSource]) {
        self.client = client
        self.sources = sources
    }

    /// Gives every event of `from...to` to `body`, the oldest first.
    /// - Throws: `AWSError`, what `body` throws; a group that does not exist has no events.
    public func read(
        from: Int, to: Int? = nil, _ body: (LogLine) throws -> Void
    ) async throws {
        var cursors = sources.map { Cursor(client: client, source: $0, from: from, to: to) }
        while true {
            // Every cursor that may have more holds a line, so the earliest of the held is the earliest of all.
            for index in cursors.indices { try await cursors[index].fill() }
            guard
                let next = cursors.indices.filter({ cursors[$0].first != nil }).min(by: {
                    (cursors[$0].first?.milliseconds ?? 0) < (cursors[$1].first?.milliseconds ?? 0)
                }), let line = cursors[next].take()
            else { return }
            try body(line)
        }
    }

    /// One source's place.
    private struct Cursor {
        /// Pages may be empty, and a token may come again: an end to asking.
        private static let emptyPages = 1000

        let client: AWSClient
        let source: LogSource
        private var request: Logs.FilterLogEvents
        private var lines: ArraySlice<LogLine> = []
        private var isOver = false

        init(client: AWSClient, source: LogSource, from: Int, to: Int?) {
            self.client = client
            self.source = source
            request = Logs.FilterLogEvents(
                logGroupName: source.group, logStreamNames: source.streams, startTime: from, endTime: to)
        }

        var first: LogLine? { lines.first }

        mutating func take() -> LogLine? { lines.popFirst() }

        mutating func fill() async throws {
            var empty = 0
            while lines.isEmpty && !isOver {
                let answer: Logs.FilterLogEvents.Output
                do {
                    answer = try await client.send(request, region: source.region)
                } catch let error as AWSError where error.code == "ResourceNotFoundException" {
                    isOver = true
                    return
                }
                lines =
                    answer.events.map { event in
                        LogLine(
                            source: source, id: event.eventId, stream: event.logStreamName,
                            milliseconds: event.timestamp,
                            message: event.message)
                    }[...]
                empty += lines.isEmpty ? 1 : 0
                isOver = answer.nextToken == nil || answer.nextToken == request.nextToken || empty > Self.emptyPages
                request.nextToken = answer.nextToken
            }
        }
    }
}
