import AWSServices
public import Foundation

/// What is known of one revision, kept as tags on it: the ledger goes where the revision goes, and nothing else can lose
/// it.
public struct LedgerEntry: Sendable, Equatable {
    /// How a revision's release ended.
    public enum Verdict: String, Sendable, Codable, CaseIterable {
        /// Being released, or the release was killed.
        case pending
        /// Deployed, baked and smoked.
        case good
        /// Deployed and baked; nobody bought a ticket.
        case unsmoked
        /// Its release failed and was undone.
        case failed
        /// Somebody rolled back from it.
        case rolledBack = "rolled-back"
    }

    /// ARN with the revision.
    public var arn: String
    /// ACTIVE: it may be used.
    public var isActive: Bool
    /// By container.
    public var images: [String: String]
    /// The release that made or last proved it; the same in all regions.
    public var release: String?
    /// nil: no release of this program made it.
    public var verdict: Verdict?
    public var by: String?
    public var commit: String?
    /// When its release began.
    public var releasedAt: Date?
    public var bakedAt: Date?
    public var smokedAt: Date?

    public init(
        arn: String, isActive: Bool = true, images: [String: String] = [:], release: String? = nil,
        verdict: Verdict? = nil, by: String? = nil, commit: String? = nil, releasedAt: Date? = nil,
        bakedAt: Date? = nil, smokedAt: Date? = nil
    ) {
        self.arn = arn
        self.isActive = isActive
        self.images = images
        self.release = release
        self.verdict = verdict
        self.by = by
        self.commit = commit
        self.releasedAt = releasedAt
        self.bakedAt = bakedAt
        self.smokedAt = smokedAt
    }

    init(_ revision: ECS.TaskDefinition, tags: [ECS.Tag]) {
        let tags = Dictionary(tags.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
        self.init(
            arn: revision.taskDefinitionArn, isActive: revision.status != "INACTIVE",
            images: Dictionary(
                revision.containerDefinitions.map { ($0.name, $0.image) }, uniquingKeysWith: { first, _ in first }),
            release: tags[Key.release], verdict: tags[Key.verdict].flatMap(Verdict.init(rawValue:)), by: tags[Key.by],
            commit: tags[Key.commit], releasedAt: Self.date(tags[Key.released]), bakedAt: Self.date(tags[Key.baked]),
            smokedAt: Self.date(tags[Key.smoked]))
    }

    /// 0 where the ARN has none.
    public var revision: Int { Self.revision(of: arn) }

    /// The digest of the image of the container that the family is named after, else of the first by name.
    public var digest: String? {
        images.sorted { $0.key < $1.key }.lazy.map { Self.digest(of: $0.value) }.first { $0 != nil } ?? nil
    }

    /// "sha256:..." of an image named by digest.
    static func digest(of image: String) -> String? {
        image.range(of: "@").map { String(image[$0.upperBound...]) }
    }

    static func revision(of arn: String) -> Int { arn.split(separator: ":").last.flatMap { Int($0) } ?? 0 }

    enum Key {
        static let release = "tickctl:release"
        static let verdict = "tickctl:verdict"
        static let by = "tickctl:by"
        static let commit = "tickctl:commit"
        static let released = "tickctl:released"
        static let baked = "tickctl:baked"
        static let smoked = "tickctl:smoked"
    }

    static func date(_ text: String?) -> Date? { text.flatMap { try? Date($0, strategy: .iso8601) } }

    /// A tag's value: what ECS takes of it, at most 256 characters
    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Tag.html).
    static func value(_ text: String) -> String {
        String(
            text.unicodeScalars.prefix(256).map { scalar in
                let isTaken =
                    scalar.isASCII
                    && (CharacterSet.alphanumerics.contains(scalar) || " +-=._:/@".unicodeScalars.contains(scalar))
                return isTaken ? Character(scalar) : "_"
            })
    }
}
