public import AWSCore
import AWSServices
public import Foundation

/// A release under way: what a killed one leaves behind, so that the next run ends it.
///
/// It is stored before the first service is touched and taken away when every service is where it belongs.
public struct ReleaseRecord: Sendable, Codable, Equatable {
    /// What was asked for.
    public enum Operation: String, Sendable, Codable { case deploy, rollback }
    /// Forward until something fails; then its moves are undone.
    public enum Phase: String, Sendable, Codable { case forward, undoing }

    /// "20261121T174504Z-1f3a9c"
    public var id: String
    public var operation: Operation
    public var phase = Phase.forward
    /// Who began it.
    public var by: String
    /// The commit that is released, where it is known.
    public var commit: String?
    public var since: Date
    public var moves: [Move]

    public init(id: String, operation: Operation, by: String, commit: String?, since: Date, moves: [Move]) {
        self.id = id
        self.operation = operation
        self.by = by
        self.commit = commit
        self.since = since
        self.moves = moves
    }

    /// nil: the release does not touch it.
    public func move(of target: ReleaseTarget) -> Move? { moves.first { $0.target == target } }
}

/// Where the record of a stack's open release lives.
public protocol ReleaseStore: Sendable {
    func open() async throws -> ReleaseRecord?
    func write(_ record: ReleaseRecord) async throws
    func clear() async throws
}

/// The open release as an attribute of the stack's item in the run lock's table: it outlives this machine, so a deploy
/// killed with its CI runner is ended by the next one, wherever that runs.
public struct DynamoDBReleaseStore: ReleaseStore {
    private let client: AWSClient
    private let table: String
    private let stack: String
    private let region: String

    /// - Parameter region: the primary one.
    public init(client: AWSClient, table: String, stack: String, region: String) {
        self.client = client
        self.table = table
        self.stack = stack
        self.region = region
    }

    public func open() async throws -> ReleaseRecord? {
        let item = try await client.send(DynamoDB.GetItem(tableName: table, key: key), region: region).item
        guard let json = item["release"]?.s else { return nil }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try decoder.decode(ReleaseRecord.self, from: Data(json.utf8))
    }

    public func write(_ record: ReleaseRecord) async throws {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let json = String(decoding: try encoder.encode(record), as: UTF8.self)
        try await change("SET #release = :release", [":release": .text(json)])
    }

    public func clear() async throws { try await change("REMOVE #release", [:]) }

    private var key: [String: DynamoDB.AttributeValue] { ["stack": .text(stack)] }

    private func change(_ expression: String, _ values: [String: DynamoDB.AttributeValue]) async throws {
        _ = try await client.send(
            DynamoDB.UpdateItem(
                tableName: table, key: key, updateExpression: expression, conditionExpression: nil,
                expressionAttributeNames: ["#release": "release"],
                expressionAttributeValues: values.isEmpty ? nil : values), region: region)
    }
}
