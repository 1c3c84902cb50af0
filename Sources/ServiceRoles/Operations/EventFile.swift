internal import Foundation
public import Ticketing
internal import Yams

/// An event with all its seats as an operator writes it, in YAML or in JSON:
///
/// ```
/// event: {id, name, currency, salesOpenAt, startsAt, purchaseLimit}
/// sections: [{id, name, seats: [{id, row, number, priceMinor}]}]
/// ```
/// Instants are RFC 3339. A field that is unknown is an error, so that a slip of the pen is no default.
public enum EventFile {
    public static let mostBytes = 64 * 1024 * 1024

    public enum Format: Sendable {
        case yaml, json
    }

    /// - Throws: `EventFileError`, which names the first thing that is wrong; `CatalogueError`.
    public static func catalogue(_ bytes: [UInt8], _ format: Format) throws -> EventCatalogue {
        guard bytes.count <= mostBytes else {
            throw EventFileError(place: "", reason: "it is longer than \(mostBytes / 1_048_576) MiB")
        }
        let contents: Contents
        do {
            contents =
                switch format {
                case .yaml: try YAMLDecoder().decode(Contents.self, from: Data(bytes))
                case .json: try JSONDecoder().decode(Contents.self, from: Data(bytes))
                }
        } catch let error as DecodingError {
            throw EventFileError(error)
        }
        return try EventCatalogue(event: contents.event.value, sections: contents.sections.map(\.value))
    }

    private struct Contents: Decodable {
        var event: EventFields
        var sections: [SectionFields]

        enum CodingKeys: String, CodingKey, CaseIterable { case event, sections }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.strictContainer(CodingKeys.self)
            event = try fields.decode(EventFields.self, forKey: .event)
            sections = try fields.decode([SectionFields].self, forKey: .sections)
        }
    }

    private struct EventFields: Decodable {
        var value: EventCatalogue.Event

        enum CodingKeys: String, CodingKey, CaseIterable {
            case id, name, currency, salesOpenAt, startsAt, purchaseLimit
        }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.strictContainer(CodingKeys.self)
            value = EventCatalogue.Event(
                id: try fields.decode(String.self, forKey: .id), name: try fields.decode(String.self, forKey: .name),
                currency: try fields.decode(String.self, forKey: .currency),
                salesOpenAt: try Self.instant(.salesOpenAt, fields), startsAt: try Self.instant(.startsAt, fields),
                purchaseLimit: try fields.decode(Int.self, forKey: .purchaseLimit))
        }

        private static func instant(
            _ key: CodingKeys, _ fields: KeyedDecodingContainer<CodingKeys>
        ) throws -> Date {
            let text = try fields.decode(String.self, forKey: key)
            do {
                return try Date(text, strategy: .iso8601)
            } catch {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: fields,
                    debugDescription: "an instant like 2026-11-21T09:30:00Z is expected, not '\(text.prefix(40))'")
            }
        }
    }

    private struct SectionFields: Decodable {
        var value: EventCatalogue.Section

        enum CodingKeys: String, CodingKey, CaseIterable { case id, name, seats }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.strictContainer(CodingKeys.self)
            value = EventCatalogue.Section(
                id: try fields.decode(String.self, forKey: .id), name: try fields.decode(String.self, forKey: .name),
                seats: try fields.decode([SeatFields].self, forKey: .seats).map(\.value))
        }
    }

    private struct SeatFields: Decodable {
        var value: EventCatalogue.Seat

        enum CodingKeys: String, CodingKey, CaseIterable { case id, row, number, priceMinor }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.strictContainer(CodingKeys.self)
            value = EventCatalogue.Seat(
                id: try fields.decode(String.self, forKey: .id), row: try fields.decode(Int.self, forKey: .row),
                number: try fields.decode(Int.self, forKey: .number),
                priceMinor: try fields.decode(Int64.self, forKey: .priceMinor))
        }
    }
}

/// A file that is no event.
public struct EventFileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// "sections[0].seats[3].row"; empty: the file as a whole.
    public var place: String
    public var reason: String

    public var description: String { place.isEmpty ? reason : "\(place): \(reason)" }

    init(place: String, reason: String) {
        self.place = place
        self.reason = reason
    }

    init(_ error: DecodingError) {
        switch error {
        case .keyNotFound(let key, let context):
            self.init(place: Self.path(context.codingPath + [key]), reason: "it is missing")
        case .valueNotFound(let type, let context), .typeMismatch(let type, let context):
            self.init(place: Self.path(context.codingPath), reason: "\(Self.name(type)) is expected")
        case .dataCorrupted(let context):
            let cause = context.underlyingError.map { "\(context.debugDescription) \($0)" }
            self.init(
                place: Self.path(context.codingPath),
                reason: Self.line(cause ?? context.debugDescription))
        @unknown default:
            self.init(place: "", reason: "it cannot be read")
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.reduce("") { path, key in
            if let index = key.intValue { return path + "[\(index)]" }
            return path.isEmpty ? key.stringValue : path + "." + key.stringValue
        }
    }

    private static func name(_ type: Any.Type) -> String {
        switch type {
        case is String.Type: "a text"
        case is Int.Type, is Int64.Type: "a whole number"
        case is [Any].Type: "a list"
        default: type is any RangeReplaceableCollection.Type ? "a list" : "a mapping"
        }
    }

    private static func line(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}

extension Decoder {
    /// A container with no field but those that there are.
    fileprivate func strictContainer<Key: CodingKey & CaseIterable>(
        _ type: Key.Type
    ) throws -> KeyedDecodingContainer<Key> {
        let names = try container(keyedBy: AnyKey.self).allKeys
        if let unknown = names.first(where: { Key(stringValue: $0.stringValue) == nil }) {
            let known = Key.allCases.map(\.stringValue).joined(separator: ", ")
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: codingPath + [unknown],
                    debugDescription: "there is no such field here; there are \(known)"))
        }
        return try container(keyedBy: Key.self)
    }
}

/// Whatever a mapping has for a key.
private struct AnyKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
