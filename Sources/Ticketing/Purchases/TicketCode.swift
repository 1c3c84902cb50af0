/// The text of a ticket's QR code: "T1." + ticket id + "." + 22 characters of base 64, which are the first 128 bits of
/// HMAC-SHA-256 of what goes before. Doors verify it without a look-up of the sale.
public struct TicketCode: Sendable {
    private static let version = "T1"
    private static let codeBytes = 16
    private static let mostCharacters = 200

    private let key: AuthenticationKey

    /// `secret`: at least `leastSecretBytes`; the key is derived from it for this purpose alone.
    public init(secret: [UInt8]) { key = AuthenticationKey(secret: secret, purpose: "ticket code 1") }

    public func text(ticketID: String) -> String {
        let signed = "\(Self.version).\(ticketID)"
        return "\(signed).\(Base64URL.text(code(signed)))"
    }

    /// The id of the ticket that `text` is the code of; nil if it is none of this key's.
    public func ticketID(in text: String) -> String? {
        guard text.utf8.count <= Self.mostCharacters else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == Self.version, !parts[1].isEmpty,
            let given = Array(parts[2].utf8).withUnsafeBufferPointer(Base64URL.bytes),
            isEqualInConstantTime(given, code("\(parts[0]).\(parts[1])"))
        else { return nil }
        return String(parts[1])
    }

    private func code(_ signed: String) -> [UInt8] { Array(key.code(Array(signed.utf8)).prefix(Self.codeBytes)) }
}
