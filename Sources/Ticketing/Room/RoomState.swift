/// One event's waiting room, as plain data. Its rules are pure functions beside it; the store replaces it whole by
/// version, and moves only `issued` by itself.
public struct RoomState: Sendable, Equatable, Codable {
    /// Counts the replacements.
    public var version: Int64
    /// Names one life of the counters: places of another epoch mean nothing here.
    public var epoch: Int64
    /// Places given so far: the next one's number.
    public var issued: Int64
    /// `issued` at the instant when this version was written; the store notes it.
    public var issuedAtWrite: Int64
    /// Positions below it are admitted; up to `settings.burst` above `issued`, so that who enters a quiet room is
    /// admitted at once. Never falls within an epoch.
    public var serving: Int64
    /// Positions admitted at the last tick: the smaller of `serving` and `issued`.
    public var admitted: Int64
    /// The part of the next admission that time has earned already, 0 to 1.
    public var credit: Double
    /// Counts the calls of `advance` that were written.
    public var ticks: Int64
    /// When the last of them was made, by its process's clock.
    public var updatedAt: Timestamp
    public var settings: RoomSettings
    public var phase: Phase
    public var lottery: Lottery?
    /// What the hot path's health leaves of the rate: 0 (stopped) to 1.
    public var throttle: Double
    /// Nobody is admitted to nothing.
    public var supply: Supply
    /// Since when nobody is admitted, though the doors have opened; nil while somebody is, and until the first tick
    /// after the stop.
    public var stoppedAt: Timestamp?
    /// Coarse history of `admitted`, the oldest first, bounded: when a position was admitted.
    public var checkpoints: [Checkpoint]

    public enum Phase: String, Sendable, Codable {
        /// Places are given, nobody is admitted before `settings.opensAt`.
        case scheduled
        case open
        /// An operator stopped admissions.
        case closed
    }

    /// What there is to sell.
    public enum Supply: String, Sendable, Codable {
        case free
        /// Every seat that is left is held by somebody: some may come back when a hold ends.
        case held
        case soldOut
    }

    public struct Checkpoint: Sendable, Equatable, Codable {
        /// The end of the span in which they were admitted: an admission is never shorter than promised.
        public var at: Timestamp
        /// Positions below it were admitted by then.
        public var admitted: Int64
        /// How many of those admitted in this span showed up; counted if the room has a capacity.
        public var arrived: Int64
        /// How many of them are done with their purchase.
        public var left: Int64

        public init(at: Timestamp, admitted: Int64, arrived: Int64 = 0, left: Int64 = 0) {
            self.at = at
            self.admitted = admitted
            self.arrived = arrived
            self.left = left
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

    /// - Parameter serving: nil: an open room begins with its whole burst, another one with nothing.
    public init(
        version: Int64 = 0, epoch: Int64, issued: Int64 = 0, issuedAtWrite: Int64 = 0, serving: Int64? = nil,
        admitted: Int64 = 0,
        credit: Double = 0, ticks: Int64 = 0, updatedAt: Timestamp, settings: RoomSettings, phase: Phase,
        lottery: Lottery? = nil, throttle: Double = 1, supply: Supply = .free, stoppedAt: Timestamp? = nil,
        checkpoints: [Checkpoint] = []
    ) {
        self.version = version
        self.epoch = epoch
        self.issued = issued
        self.issuedAtWrite = issuedAtWrite
        self.serving = serving ?? (phase == .open ? settings.initialBurst : 0)
        self.admitted = admitted
        self.credit = credit
        self.ticks = ticks
        self.updatedAt = updatedAt
        self.settings = settings
        self.phase = phase
        self.lottery = lottery
        self.throttle = throttle
        self.supply = supply
        self.stoppedAt = stoppedAt
        self.checkpoints = checkpoints
    }
}
