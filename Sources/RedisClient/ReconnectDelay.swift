/// How long to wait before the next try to reach a node: nothing at first, then 25 ms doubling up to `maximum`, each
/// shortened at random by up to a half so that clients do not come back in step.
struct ReconnectDelay {
    let maximum: Duration
    private var failures = 0

    init(maximum: Duration) {
        self.maximum = maximum
    }

    mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        defer { failures = min(failures + 1, 16) }
        guard failures > 0 else { return .zero }
        let full = min(maximum, .milliseconds(25) * (1 << (failures - 1)))
        return full * Double.random(in: 0.5...1, using: &generator)
    }

    mutating func reset() { failures = 0 }
}
