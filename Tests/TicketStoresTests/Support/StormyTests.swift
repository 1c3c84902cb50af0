import Testing

/// Tests that make weather on the emulator: one at a time, whatever suite they are of.
@Suite(.serialized) enum StormyTests {}
