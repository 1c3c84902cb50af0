/// An image in a registry: "host[:port]/repository", then ":tag" or "@sha256:...".
public struct ImageReference: Hashable, Sendable {
    public let endpoint: RegistryEndpoint
    public let repository: String
    /// A tag or a digest; without either, "latest".
    public let reference: String

    /// A host is told from a repository by its dot or port; plain http is used on this very machine alone.
    /// - Throws: `DeliveryError` `.nameInvalid`.
    public init(_ text: String) throws(DeliveryError) {
        let invalid = DeliveryError(
            .nameInvalid, "\"\(text)\" names no image: it is neither a layout folder nor HOST/REPOSITORY[:TAG|@DIGEST]",
            next: "give it like 127.0.0.1:5000/ticket-public:v1, or the folder of `tickctl image build --out`")
        guard let slash = text.firstIndex(of: "/") else { throw invalid }
        let host = String(text[..<slash])
        guard host.contains(".") || host.contains(":") || host == "localhost" else { throw invalid }
        let isLocal = host.split(separator: ":").first.map { $0 == "localhost" || $0.hasPrefix("127.") } ?? false
        endpoint = try RegistryEndpoint("\(isLocal ? "http" : "https")://\(host)")

        let rest = text[text.index(after: slash)...]
        if let at = rest.firstIndex(of: "@") {
            guard let digest = Digest(String(rest[rest.index(after: at)...])) else { throw invalid }
            // A tag beside a digest only tells people what it was.
            repository = String(rest[..<at].prefix { $0 != ":" })
            reference = digest.description
        } else {
            let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count <= 2 else { throw invalid }
            repository = String(parts[0])
            reference = parts.count == 2 ? String(parts[1]) : "latest"
        }
        guard !repository.isEmpty, !reference.isEmpty else { throw invalid }
    }
}
