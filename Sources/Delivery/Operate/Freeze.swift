public import AWSCore
import AWSServices
public import Foundation

/// A time in which nothing of a stack may change, but for what is asked with --break-freeze: a sale.
public struct Freeze: Sendable, Hashable, Codable {
    /// Who asked for it, "user@host".
    public var owner: String
    public var reason: String
    public var since: Date
    /// It ends by itself then.
    public var until: Date

    /// A forgotten freeze must not last.
    public static let longest: TimeInterval = 30 * 86_400
    public static let longestReason = 500

    /// - Throws: `DeliveryError` for a time that is past or more than 30 days off, and a reason that is empty or longer
    ///   than 500 characters.
    public init(owner: String, reason: String, until: Date, now: Date) throws {
        let reason = reason.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !reason.isEmpty, reason.count <= Self.longestReason, !reason.contains(where: \.isNewline) else {
            throw DeliveryError(
                .freezeInvalid, "the reason must be one line of 1 to \(Self.longestReason) characters",
                next: "say why in a sentence: others will read it")
        }
        guard until > now else {
            throw DeliveryError(
                .freezeInvalid, "\(until.formatted(.iso8601)) is past: it is \(now.formatted(.iso8601))",
                next: "give the end of the sale, as --until 2h or --until 2026-01-31T12:00:00Z")
        }
        guard until.timeIntervalSince(now) <= Self.longest else {
            throw DeliveryError(
                .freezeInvalid, "\(until.formatted(.iso8601)) is more than 30 days off",
                next: "freeze for the sale only; it can be prolonged by another `tickctl freeze`")
        }
        self.owner = owner
        self.reason = reason
        self.since = now
        self.until = until
    }

    public var summary: String {
        "frozen by \(owner) since \(since.formatted(.iso8601)) until \(until.formatted(.iso8601)): \(reason)"
    }
}

/// Where a stack's freeze is kept: beside its run lock, so that every operator's machine sees it.
///
/// The attribute `freeze` of the stack's item in `table` (key `stack`): JSON.
public struct FreezeStore: Sendable {
    private let client: AWSClient
    private let region: String
    private let table: String
    private let stack: String

    /// - Parameters:
    ///   - region: the primary one.
    ///   - table: of the run locks.
    public init(client: AWSClient, region: String, table: String, stack: String) {
        self.client = client
        self.region = region
        self.table = table
        self.stack = stack
    }

    /// The freeze in force; nil: there is none, or it is over.
    /// - Throws: `AWSError`, `DeliveryError` when what is kept cannot be read: better no change than one in a sale.
    public func current(at now: Date) async throws -> Freeze? {
        let item: [String: DynamoDB.AttributeValue]
        do {
            item = try await client.send(
                DynamoDB.GetItem(tableName: table, key: ["stack": .text(stack)]), region: region
            ).item
        } catch let error as AWSError where error.code == "ResourceNotFoundException" {
            return nil
        }
        guard let text = item["freeze"]?.s else { return nil }
        guard let freeze = try? JSONDecoder.iso8601.decode(Freeze.self, from: Data(text.utf8)) else {
            throw DeliveryError(
                .freezeInvalid, "the freeze of stack \(stack) in table \(table) (\(region)) cannot be read",
                next: "use the tickctl that wrote it, or run `tickctl unfreeze`")
        }
        return freeze.until > now ? freeze : nil
    }

    /// Puts `freeze` in the place of the one there was.
    public func begin(_ freeze: Freeze) async throws {
        try await update(
            "SET #freeze = :freeze",
            [":freeze": .text(String(decoding: try JSONEncoder.iso8601.encode(freeze), as: UTF8.self))])
    }

    /// Harmless without one.
    public func end() async throws {
        do {
            try await update("REMOVE #freeze", [:])
        } catch let error as DeliveryError where error.code == .freezeImpossible {
            // No table, no freeze.
        }
    }

    private func update(_ expression: String, _ values: [String: DynamoDB.AttributeValue]) async throws {
        do {
            _ = try await client.send(
                DynamoDB.UpdateItem(
                    tableName: table, key: ["stack": .text(stack)], updateExpression: expression,
                    expressionAttributeNames: ["#freeze": "freeze"],
                    expressionAttributeValues: values.isEmpty ? nil : values), region: region)
        } catch let error as AWSError where error.code == "ResourceNotFoundException" {
            throw DeliveryError(
                .freezeImpossible, "there is no table \(table) in \(region): stack \(stack) was never made",
                next: "run `tickctl up` first")
        }
    }
}

extension JSONDecoder {
    fileprivate static var iso8601: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return decoder
    }
}

extension JSONEncoder {
    fileprivate static var iso8601: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}
