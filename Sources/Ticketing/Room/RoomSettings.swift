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
    /// The most buyers inside at once; nil: no bound, and nobody's showing up is asked for.
    public var capacity: Int64?
    /// In a room with a capacity: who is not seen within this time of the admission loses it.
    public var noShowSeconds: Int64

    public init(
        ratePerSecond: Double, burst: Int64, admissionSeconds: Int64, opensAt: Timestamp? = nil,
        capacity: Int64? = nil, noShowSeconds: Int64 = 60
    ) {
        self.ratePerSecond = ratePerSecond
        self.burst = burst
        self.admissionSeconds = admissionSeconds
        self.opensAt = opensAt
        self.capacity = capacity
        self.noShowSeconds = noShowSeconds
    }

    /// - Throws: `RoomSettingsError`, which names the first thing that is wrong.
    public func validate() throws(RoomSettingsError) {
        guard ratePerSecond > 0, ratePerSecond <= 1_000_000 else {
            throw RoomSettingsError(setting: "rate", reason: "it is not within 0 and 1000000 admissions a second")
        }
        // Rooms tick a few times a second, and one tick admits at most the burst.
        guard burst >= 1, burst <= 1_000_000, Double(burst) >= ratePerSecond / 2 else {
            throw RoomSettingsError(
                setting: "burst", reason: "it is not within 1 and 1000000, or under half of the rate")
        }
        guard (10...86_400).contains(admissionSeconds) else {
            throw RoomSettingsError(setting: "admission", reason: "it is not within 10 and 86400 seconds")
        }
        guard capacity.map({ (1...100_000_000).contains($0) }) ?? true else {
            throw RoomSettingsError(setting: "capacity", reason: "it is not within 1 and 100000000 buyers")
        }
        guard (10...admissionSeconds).contains(noShowSeconds) else {
            throw RoomSettingsError(setting: "no-show", reason: "it is not within 10 seconds and the admission")
        }
    }

    /// What a room that has admitted nobody yet may admit at once.
    var initialBurst: Int64 { max(0, min(burst, capacity ?? burst)) }
}

/// Settings that a waiting room cannot run by.
public struct RoomSettingsError: Error, Sendable, Equatable, CustomStringConvertible {
    public var setting: String
    public var reason: String

    public var description: String { "waiting room: \(setting): \(reason)" }
}
