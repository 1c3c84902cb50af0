/// One event's waiting room, as plain data. Its rules are pure functions beside it; the store replaces it whole by
/// version, and moves only `issued` by itself.
public struct RoomState: Sendable, Equatable, Codable {
    /// Counts the replacements.
    public var version: Int64
    /// Names one life of the counters: places of another epoch mean nothing here.
    public var epoch: Int64
    /// Places given so far: the next one's number.
    public var issued: Int64
    /// Positions below it are admitted. Never falls within an epoch.
    public var serving: Int64
    /// The part of the next admission that time has earned already, 0 to 1.
    public var credit: Double
    /// When `serving` and `credit` were right.
    public var updatedAt: Timestamp
    public var settings: RoomSettings
    public var phase: Phase
    public var lottery: Lottery?
    /// What the hot path's health leaves of the rate: 0 (stopped) to 1.
    public var throttle: Double
    /// false while no section has a seat left: nobody is admitted to nothing.
    public var hasSeats: Bool
    /// Coarse history of `serving`, the oldest first, bounded: when a position was admitted.
    public var checkpoints: [Checkpoint]

    public enum Phase: String, Sendable, Codable {
        /// Places are given, nobody is admitted before `settings.opensAt`.
        case scheduled
        case open
        /// An operator stopped admissions.
        case closed
    }

    public struct Checkpoint: Sendable, Equatable, Codable {
        public var at: Timestamp
        public var serving: Int64

        public init(at: Timestamp, serving: Int64) {
            self.at = at
            self.serving = serving
        }
    }

    /// The draw that orders those who entered before the doors opened, by commit and reveal.
    public struct Lottery: Sendable, Equatable, Codable {
        /// SHA-256 of the seed, 64 hex digits: public before the draw.
        public var commitment: String
        /// 32 bytes in hex; kept here until the draw and published by it.
        public var seed: String
        /// How many entered before the draw; nil until it is made.
        public var entrants: Int64?

        public init(commitment: String, seed: String, entrants: Int64? = nil) {
            self.commitment = commitment
            self.seed = seed
            self.entrants = entrants
        }
    }

    public init(
        version: Int64 = 0, epoch: Int64, issued: Int64 = 0, serving: Int64 = 0, credit: Double = 0,
        updatedAt: Timestamp, settings: RoomSettings, phase: Phase, lottery: Lottery? = nil, throttle: Double = 1,
        hasSeats: Bool = true, checkpoints: [Checkpoint] = []
    ) {
        self.version = version
        self.epoch = epoch
        self.issued = issued
        self.serving = serving
        self.credit = credit
        self.updatedAt = updatedAt
        self.settings = settings
        self.phase = phase
        self.lottery = lottery
        self.throttle = throttle
        self.hasSeats = hasSeats
        self.checkpoints = checkpoints
    }
}

/// What an operator sets of a waiting room.
public struct RoomSettings: Sendable, Equatable, Codable {
    /// Admissions a second, above 0.
    public var ratePerSecond: Double
    /// Admissions that may come at once after a quiet time, at least 1.
    public var burst: Int64
    /// How long an admission lasts.
    public var admissionSeconds: Int64
    /// nil: at once.
    public var opensAt: Timestamp?

    public init(ratePerSecond: Double, burst: Int64, admissionSeconds: Int64, opensAt: Timestamp? = nil) {
        self.ratePerSecond = ratePerSecond
        self.burst = burst
        self.admissionSeconds = admissionSeconds
        self.opensAt = opensAt
    }
}
