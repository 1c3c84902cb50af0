import Foundation
import Testing

@testable import LoadTest

@Suite struct ScenarioFileTests {
    private static let whole = """
        name: x
        phases:
          - {name: one, rate: 10, seconds: 5}
          - {name: two, from: 10, to: 20, seconds: 5}
        mix: {reads: 1, confirm: 0, worker: 0}
        reads: [/]
        """

    private func problems(_ yaml: String) -> String {
        do {
            _ = try ScenarioFile.parse(yaml, path: "s.yaml")
            return "none"
        } catch {
            return "\(error)"
        }
    }

    @Test func `a scenario is read`() throws {
        let scenario = try ScenarioFile.parse(Self.whole, path: "s.yaml")
        #expect(scenario.phases.map(\.toRate) == [10, 20])
        #expect(scenario.seconds == 10)
        #expect(scenario.highestRate == 20)
        let scaled = scenario.scaled(rate: 0.5, time: 0.1)
        #expect(scaled.phases[1] == .init(name: "two", fromRate: 5, toRate: 10, seconds: 0.5))
        #expect(scaled.abort.p95Seconds == 30)
        var thinking = scenario
        thinking.think.commit.mostMilliseconds = 9_000
        thinking.abort.serverErrorSeconds = 5
        let short = thinking.scaled(rate: 1, time: 0.001)
        #expect((short.abort.heldSeconds, short.abort.serverErrorSeconds) == (9, 5))
    }

    @Test func `every problem is told with its line`() {
        #expect(
            problems(Self.whole + "\nabort: {p95Milliseconds: fast, p95Second: 3}\n")
                == """
                s.yaml:7: abort.p95Milliseconds: must be a number from 0.1 to 600000, not "fast"
                s.yaml:7: abort.p95Second: unknown key; did you mean p95Seconds? known here: heldSeconds, heldShare, \
                p95Milliseconds, p95Seconds, serverErrorSeconds, serverErrorShare
                """)
        #expect(
            problems("name: x\nphases: [{name: a, seconds: 5}]\nmix: {reads: 1, confirm: 0, worker: 0}\nreads: [/]\n")
                == "s.yaml:2: phases[0]: needs either rate, or from and to")
        #expect(problems("name: x\n").contains("phases: is missing"))
        #expect(problems(Self.whole.replacing("[/]", with: "[x]")).contains("reads[0]: must be a path"))
        #expect(problems(Self.whole.replacing("confirm: 0", with: "confirm: 1")).contains("events: is missing"))
        #expect(problems(Self.whole.replacing("rate: 10", with: "rate: -10")).contains("s.yaml:3: phases[0].rate"))
        #expect(problems("a: [").contains("is not YAML"))
        #expect(
            problems(Self.whole + "\ncloudWatch: [alb, rds, alb]\n")
                == """
                s.yaml:7: cloudWatch[1]: must be one of alb, ecs, sqs, redis, dynamodb, aurora, not "rds"
                s.yaml:7: cloudWatch[2]: alb is named twice
                """)
    }

    @Test(arguments: ["smoke", "requirement", "onsale"])
    func `the scenarios of the project are whole`(name: String) throws {
        let folder = URL(filePath: #filePath).pathComponents.dropLast(4).joined(separator: "/").dropFirst()
        let scenario = try ScenarioFile.read(path: "\(folder)/stacks/load/\(name).yaml")
        #expect(scenario.name == name)
        #expect(scenario.events.first?.sections.reduce(0) { $0 + $1.seats } == 1_000)
        #expect(scenario.cloudWatch == (name == "smoke" ? [] : Scenario.PlatformPart.allCases))
        if name == "requirement" {
            #expect(scenario.highestRate == 100_000)
            #expect(scenario.seconds == 55 * 60)
        }
    }
}
