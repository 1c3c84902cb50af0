internal import Foundation
internal import OpenSSLCrypto
public import Ticketing

extension EventCatalogue {
    /// SHA-256 of the whole content, 64 hex digits: equal for equal catalogues, whatever made them.
    ///
    /// Taken over JSON with sorted keys, in which lists keep their order, since sections are shown in theirs.
    public var checksum: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .secondsSince1970
        do {
            return SHA256.hex(Array(try encoder.encode(self)))
        } catch {
            preconditionFailure("texts, whole numbers and finite dates can be encoded: \(error)")
        }
    }
}
