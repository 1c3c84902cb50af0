/// What chance decides in a run: a number for a seed, a subject and an index, the same whoever asks and in any order.
///
/// The finalizer of SplitMix64 (https://prng.di.unimi.it/splitmix64.c).
struct Mixing: Sendable {
    enum Subject: UInt64 {
        case jitter = 1
        case kind, target, seat, think, replay
    }

    let seed: UInt64

    func bits(_ subject: Subject, _ index: UInt64) -> UInt64 {
        Self.mix(Self.mix(seed &+ subject.rawValue &* 0x9E37_79B9_7F4A_7C15) &+ index &* 0xD1B5_4A32_D192_ED03)
    }

    /// From 0 up to, and without, 1.
    func unit(_ subject: Subject, _ index: UInt64) -> Double { Double(bits(subject, index) >> 11) * 0x1p-53 }

    /// From 0 up to, and without, `count`.
    func choice(_ subject: Subject, _ index: UInt64, of count: Int) -> Int {
        Int(bits(subject, index).multipliedFullWidth(by: UInt64(max(1, count))).high)
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
