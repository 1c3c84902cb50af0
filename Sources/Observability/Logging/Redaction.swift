/// Which names carry a secret; their values are written as "***".
public struct Redaction: Sendable {
    /// Words without case, "-" and "_": a name that is one of them.
    private let exact: Set<String>
    /// Words that make any name secret which has them inside.
    private let parts: [String]

    public static let mark = "***"

    /// Credentials, bearer values, idempotency keys and bodies.
    public static let standard = Redaction(
        exact: ["body", "cookie", "setcookie", "idem", "qr", "signature", "xsignature", "apikey", "accesskey"],
        parts: ["authorization", "credential", "idempotencykey", "password", "secret", "token"])

    /// Names are compared without case, "-" and "_".
    public init(exact: Set<String>, parts: [String]) {
        self.exact = Set(exact.map(Self.plain))
        self.parts = parts.map(Self.plain)
    }

    public func covers(_ name: String) -> Bool {
        let plain = Self.plain(name)
        return exact.contains(plain) || parts.contains { plain.contains($0) }
    }

    private static func plain(_ name: String) -> String {
        name.lowercased().filter { $0 != "-" && $0 != "_" && $0 != "." }
    }
}
