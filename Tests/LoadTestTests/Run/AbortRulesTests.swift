import Testing

@testable import LoadTest

@Suite struct AbortRulesTests {
    /// A second in which `answers` requests took `milliseconds`, and others failed.
    private static func window(
        _ second: Int, answers: Int, milliseconds: UInt32 = 10, serverErrors: Int = 0, timeouts: Int = 0
    ) -> Window {
        var window = Window(second: second)
        var part = Window.Class()
        part.latency = LatencyHistogram.Bins(Array(repeating: milliseconds * 1_000, count: answers))
        part.outcomes = ["200": answers, "503": serverErrors, "timeout": timeouts].filter { $0.value > 0 }
        window.classes["read"] = part
        return window
    }

    /// The second at which a run of windows is stopped, and by which rule.
    private func stop(_ abort: Scenario.Abort, _ windows: [Window], due: Double = 100) -> (Int, AbortRules.Rule)? {
        var rules = AbortRules(abort)
        for window in windows {
            if let (rule, _) = rules.judge(window, due: due) { return (window.second, rule) }
        }
        return nil
    }

    @Test func `a run at its target goes on`() {
        #expect(stop(.init(), (0..<2_000).map { Self.window($0, answers: 100) }) == nil)
    }

    @Test func `a target not held for ten minutes ends the run`() {
        let short = (0..<700).map { Self.window($0, answers: 90) }
        #expect(stop(.init(), short).map { $0 == (599, .targetNotHeld) } == true)
        // One good second begins the ten minutes anew.
        var broken = short
        broken[300] = Self.window(300, answers: 100)
        #expect(stop(.init(), broken) == nil)
        // After the schedule's end nothing is due.
        #expect(stop(.init(), short, due: 0) == nil)
    }

    @Test func `a p95 above 200 ms for five minutes ends the run`() {
        let slow = (0..<400).map { Self.window($0, answers: 100, milliseconds: 201) }
        #expect(stop(.init(), slow).map { $0 == (299, .latency) } == true)
        #expect(stop(.init(), (0..<400).map { Self.window($0, answers: 100, milliseconds: 199) }) == nil)
        var scaled = Scenario()
        scaled = scaled.scaled(rate: 1, time: 0.1)
        #expect(stop(scaled.abort, slow).map { $0 == (29, .latency) } == true)
    }

    @Test func `two percent of 5xx or of no answer in ten seconds end the run`() {
        #expect(
            stop(.init(), (0..<20).map { Self.window($0, answers: 98, serverErrors: 2) }).map {
                $0 == (9, .serverErrors)
            }
                == true)
        #expect(
            stop(.init(), (0..<20).map { Self.window($0, answers: 98, timeouts: 2) }).map { $0 == (9, .serverErrors) }
                == true)
        #expect(stop(.init(), (0..<20).map { Self.window($0, answers: 99, serverErrors: 1) }) == nil)
        // A burst counts by its share of the window, not of its second.
        var burst = (0..<20).map { Self.window($0, answers: 100) }
        burst[12] = Self.window(12, answers: 85, serverErrors: 15)
        #expect(stop(.init(), burst) == nil)
    }
}
