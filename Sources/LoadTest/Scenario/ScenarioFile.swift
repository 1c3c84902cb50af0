internal import StrictYAML

/// A scenario as a file, read strictly: an unknown key, a wrong type or a value out of range is a problem with its line,
/// and all problems are told at once.
///
/// ```
/// name: smoke
/// phases: [{name, rate, seconds} or {name, from, to, seconds}]
/// mix: {reads, confirm, worker}
/// reads: [/public/summary/{event}/{section}]
/// events: [{id, sections: [{id, seat, firstRow, lastRow, firstPlace, lastPlace}]}]
/// think: {hold: {leastMilliseconds, mostMilliseconds}, intent: ..., commit: ...}
/// pollMilliseconds, statusMilliseconds, drainSeconds, replayShare
/// limits: {connections, pending, timeoutMilliseconds}
/// abort: {heldShare, heldSeconds, p95Milliseconds, p95Seconds, serverErrorShare, serverErrorSeconds}
/// cloudWatch: [alb, ecs, sqs, redis, dynamodb, aurora]
/// ```
public enum ScenarioFile {
    /// - Throws: `ValueProblems`.
    public static func read(path: String) throws -> Scenario {
        let problems = ProblemList(source: path)
        let text = YAMLFile.text(of: path, whenMissing: "stacks/load has some to begin with", problems)
        return try scenario(text ?? "", path: path, problems)
    }

    /// - Throws: `ValueProblems`.
    public static func parse(_ yaml: String, path: String) throws -> Scenario {
        try scenario(yaml, path: path, ProblemList(source: path))
    }

    private static func scenario(_ yaml: String, path: String, _ problems: ProblemList) throws -> Scenario {
        var scenario = Scenario()
        if problems.problems.isEmpty {
            YAMLFile.read(yaml, problems) { root in
                root.read("name", &scenario.name)
                readPhases(root, &scenario)
                root.section("mix") {
                    $0.read("reads", &scenario.mix.reads, 0...1_000_000)
                    $0.read("confirm", &scenario.mix.confirm, 0...1_000_000)
                    $0.read("worker", &scenario.mix.worker, 0...1_000_000)
                }
                root.read("reads", &scenario.reads)
                readEvents(root, &scenario)
                readBehaviour(root, &scenario)
                readBounds(root, &scenario)
                readParts(root, &scenario, problems)
            }
            if problems.problems.isEmpty { check(scenario, problems) }
        }
        guard problems.problems.isEmpty else {
            throw ValueProblems(
                problems: problems.problems.sorted { ($0.line ?? 0, $0.path) < ($1.line ?? 0, $1.path) })
        }
        return scenario
    }

    private static func readPhases(_ root: YAMLSection, _ scenario: inout Scenario) {
        var phases: [Scenario.Phase] = []
        _ = root.sections("phases", required: ["name", "seconds"]) { section in
            var phase = Scenario.Phase()
            section.read("name", &phase.name)
            section.read("seconds", &phase.seconds, 0.1...604_800)
            var rate = -1.0
            section.read("rate", &rate, 0.01...10_000_000)
            (phase.fromRate, phase.toRate) = (rate, rate)
            section.read("from", &phase.fromRate, 0.01...10_000_000)
            section.read("to", &phase.toRate, 0.01...10_000_000)
            phases.append(phase)
        }
        scenario.phases = phases
    }

    private static func readEvents(_ root: YAMLSection, _ scenario: inout Scenario) {
        var events: [Scenario.Event] = []
        _ = root.sections("events", required: ["id", "sections"]) { section in
            var event = Scenario.Event()
            section.read("id", &event.id)
            _ = section.sections("sections", required: ["id"]) { section in
                var part = Scenario.Section()
                section.read("id", &part.id)
                section.read("seat", &part.seat)
                section.read("firstRow", &part.firstRow, 0...1_000_000)
                section.read("lastRow", &part.lastRow, 0...1_000_000)
                section.read("firstPlace", &part.firstPlace, 0...1_000_000)
                section.read("lastPlace", &part.lastPlace, 0...1_000_000)
                event.sections.append(part)
            }
            events.append(event)
        }
        scenario.events = events
    }

    private static func readBehaviour(_ root: YAMLSection, _ scenario: inout Scenario) {
        root.section("think") {
            readThink($0, "hold", &scenario.think.hold)
            readThink($0, "intent", &scenario.think.intent)
            readThink($0, "commit", &scenario.think.commit)
        }
        root.read("pollMilliseconds", &scenario.pollMilliseconds, 10...600_000)
        root.read("statusMilliseconds", &scenario.statusMilliseconds, 10...600_000)
        root.read("drainSeconds", &scenario.drainSeconds, 0...86_400)
        root.read("replayShare", &scenario.replayShare, 0...1)
    }

    private static func readThink(_ section: YAMLSection, _ key: String, _ think: inout Scenario.Think) {
        section.section(key) {
            $0.read("leastMilliseconds", &think.leastMilliseconds, 0...3_600_000)
            $0.read("mostMilliseconds", &think.mostMilliseconds, 0...3_600_000)
        }
    }

    private static func readBounds(_ root: YAMLSection, _ scenario: inout Scenario) {
        root.section("limits") {
            $0.read("connections", &scenario.limits.connections, 1...1_000_000)
            $0.read("pending", &scenario.limits.pending, 0...10_000_000)
            $0.read("timeoutMilliseconds", &scenario.limits.timeoutMilliseconds, 10...600_000)
        }
        root.section("abort") {
            $0.read("heldShare", &scenario.abort.heldShare, 0...1)
            $0.read("heldSeconds", &scenario.abort.heldSeconds, 0...86_400)
            $0.read("p95Milliseconds", &scenario.abort.p95Milliseconds, 0.1...600_000)
            $0.read("p95Seconds", &scenario.abort.p95Seconds, 0...86_400)
            $0.read("serverErrorShare", &scenario.abort.serverErrorShare, 0...1)
            $0.read("serverErrorSeconds", &scenario.abort.serverErrorSeconds, 0...86_400)
        }
    }

    private static func readParts(_ root: YAMLSection, _ scenario: inout Scenario, _ problems: ProblemList) {
        var names: [String] = []
        root.read("cloudWatch", &names)
        for (index, name) in names.enumerated() {
            let path = "cloudWatch[\(index)]"
            guard let part = Scenario.PlatformPart(rawValue: name) else {
                let known = Scenario.PlatformPart.allCases.map(\.rawValue).joined(separator: ", ")
                problems.add(problems.lines["cloudWatch"], path, "must be one of \(known), not \"\(name)\"")
                continue
            }
            if scenario.cloudWatch.contains(part) {
                problems.add(problems.lines["cloudWatch"], path, "\(name) is named twice")
            } else {
                scenario.cloudWatch.append(part)
            }
        }
    }

    /// What each value alone cannot tell.
    private static func check(_ scenario: Scenario, _ problems: ProblemList) {
        func report(_ path: String, _ message: String) {
            // A value that is not in the file has the line of what it is missing from.
            var place = path
            while problems.lines[place] == nil, let end = place.lastIndex(where: { $0 == "." || $0 == "[" }) {
                place = String(place[..<end])
            }
            problems.add(problems.lines[place], path, message)
        }
        if scenario.name.isEmpty { report("name", "is missing") }
        if scenario.phases.isEmpty { report("phases", "is missing: a run has at least one phase") }
        for (index, phase) in scenario.phases.enumerated() where phase.fromRate < 0 || phase.toRate < 0 {
            report("phases[\(index)]", "needs either rate, or from and to")
        }
        let mix = scenario.mix
        if mix.reads + mix.confirm + mix.worker <= 0 { report("mix", "names nothing: at least one part is above 0") }
        if mix.reads > 0, scenario.reads.isEmpty { report("reads", "is empty, but the mix has reads") }
        for (index, target) in scenario.reads.enumerated()
        where !target.hasPrefix("/") || target.utf8.contains(where: { $0 <= 32 || $0 >= 127 }) {
            report("reads[\(index)]", "must be a path of visible ASCII that begins with /")
        }
        let needsEvents = scenario.hasSessions || mix.reads > 0 && scenario.reads.contains { $0.contains("{") }
        if needsEvents, scenario.events.isEmpty { report("events", "is missing: buyers and summaries need an event") }
        for (index, event) in scenario.events.enumerated() {
            let path = "events[\(index)]"
            if !isID(event.id) { report("\(path).id", "must be 1 to 128 of A-Z a-z 0-9 . _ -") }
            if event.sections.isEmpty { report("\(path).sections", "is empty") }
            for (number, section) in event.sections.enumerated() {
                let path = "\(path).sections[\(number)]"
                if !isID(section.id) { report("\(path).id", "must be 1 to 128 of A-Z a-z 0-9 . _ -") }
                if section.lastRow < section.firstRow { report("\(path).lastRow", "is before firstRow") }
                if section.lastPlace < section.firstPlace { report("\(path).lastPlace", "is before firstPlace") }
                let name = section.seat.replacing("{row}", with: "1").replacing("{place}", with: "1")
                if !isID(name) { report("\(path).seat", "must be A-Z a-z 0-9 . _ - with {row} and {place} in it") }
            }
        }
        for (name, think) in [
            ("hold", scenario.think.hold), ("intent", scenario.think.intent), ("commit", scenario.think.commit),
        ] where think.mostMilliseconds < think.leastMilliseconds {
            report("think.\(name).mostMilliseconds", "is less than leastMilliseconds")
        }
    }

    /// What needs no escaping in a path, in a header or in JSON.
    private static func isID(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || [0x2D, 0x2E, 0x5F].contains(byte)
            }
    }
}
