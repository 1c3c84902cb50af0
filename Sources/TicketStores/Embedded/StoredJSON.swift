internal import Foundation
internal import Ticketing

/// A value as a column of the embedded database.
enum StoredJSON {
    static func text(_ value: some Encodable) throws(StoreError) -> String {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.withoutEscapingSlashes]
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            throw StoreError(.invalid, store: EmbeddedFile.store, "a \(type(of: value)) cannot be stored as JSON")
        }
    }

    static func value<Value: Decodable>(_ text: String, as type: Value.Type = Value.self) throws(StoreError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(text.utf8))
        } catch {
            throw StoreError(.invalid, store: EmbeddedFile.store, "a stored \(type) cannot be read")
        }
    }
}
