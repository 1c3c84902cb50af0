import Foundation
import StrictYAML
import Testing

@testable import TicketSteps

/// What the reader refuses, each with its line.
@Suite struct StackFileReadingTests {
    private func problems(_ yaml: String) -> [String] {
        do {
            _ = try StackSource(yaml: yaml, path: "f", stack: "ticket").validated()
            return []
        } catch {
            return (error as? ValueProblems)?.problems.map(\.description) ?? ["\(error)"]
        }
    }

    private static let refusals: [(yaml: String, problem: String)] = [
        ("\nnmae: x", "f:2: nmae: unknown key; did you mean name? known here: \(topLevel)"),
        ("\n\nzzzzzzzzzz: 1", "f:3: zzzzzzzzzz: unknown key; known here: \(topLevel)"),
        (
            "queue:\n  retentionDay: 4",
            "f:2: queue.retentionDay: unknown key; did you mean retentionDays? known here: maxReceiveCount, "
                + "retentionDays, visibilityTimeoutSeconds"
        ),
        (
            "regions:\n- name: eu-west-1\n  vpcCIDR: 10.0.0.0/16\n  zone: a",
            "f:4: regions[0].zone: unknown key; did you mean name? known here: accessLogsBucket, certificate, name, vpcCIDR"
        ),
        // Wrong types.
        (
            "account: 123456789012",
            "f:1: account: must be a text, or null, not the number 123456789012; put it in quotes"
        ),
        (
            "redis:\n  engineVersion: 7.1",
            "f:2: redis.engineVersion: must be a text, not the number 7.1; put it in quotes"
        ),
        ("name: no", "f:1: name: must be a text, not YAML's boolean no; put it in quotes"),
        ("name:", "f:1: name: must be a text, not nothing"),
        ("name: ''", "f:1: name: must be a text, not the text \"\""),
        ("name: [a]", "f:1: name: must be a text, not a list"),
        (
            "table:\n  pointInTimeRecovery: no",
            "f:2: table.pointInTimeRecovery: must be true or false, not YAML's boolean no"
        ),
        (
            "table:\n  pointInTimeRecovery: 'true'",
            "f:2: table.pointInTimeRecovery: must be true or false, not the text \"true\""
        ),
        ("redis:\n  shards: '3'", "f:2: redis.shards: must be a whole number from 1 to 500, not the text \"3\""),
        ("redis:\n  shards: 3.5", "f:2: redis.shards: must be a whole number from 1 to 500, not the number 3.5"),
        ("redis:\n  shards: 010", "f:2: redis.shards: must be a whole number from 1 to 500, not the number 010"),
        ("redis:\n  shards: 1:30", "f:2: redis.shards: must be a whole number from 1 to 500, not the number 1:30"),
        ("redis:\n  shards: 501", "f:2: redis.shards: must be a whole number from 1 to 500, not the number 501"),
        ("redis:\n  shards:", "f:2: redis.shards: must be a whole number from 1 to 500, not nothing"),
        (
            "aurora:\n  maximumACU: .inf",
            "f:2: aurora.maximumACU: must be a number from 1 to 256, not the number .inf"
        ),
        ("aurora:\n  maximumACU: 0x10", "f:2: aurora.maximumACU: must be a number from 1 to 256, not the number 0x10"),
        ("aurora:\n  maximumACU: 257", "f:2: aurora.maximumACU: must be a number from 1 to 256, not the number 257"),
        ("network:\n  nat: none", "f:2: network.nat: must be one of per-zone, single, not \"none\""),
        (
            "tasks:\n  architecture: amd64",
            "f:2: tasks.architecture: must be null or one of arm64, x86_64, not \"amd64\""
        ),
        (
            "tasks:\n  stopTimeoutSeconds: 121",
            "f:2: tasks.stopTimeoutSeconds: must be a whole number from 2 to 120, not the number 121"
        ),
        (
            "queue:\n  visibilityTimeoutSeconds: 43201",
            "f:2: queue.visibilityTimeoutSeconds: must be a whole number from 1 to 43200, not the number 43201"
        ),
        ("alarms:\n  email: a@b.c", "f:2: alarms.email: must be a list of texts, not \"a@b.c\""),
        ("alarms:\n  email:", "f:2: alarms.email: must be a list of texts, not nothing"),
        (
            "alarms:\n  email:\n  - a@example.com\n  - 1",
            "f:4: alarms.email[1]: must be a text, not the number 1; put it in quotes"
        ),
        ("tasks:\n  environment: [A]", "f:2: tasks.environment: must be a mapping of texts, not a list"),
        (
            "tasks:\n  environment:\n    A: b\n    C: on",
            "f:4: tasks.environment.C: must be a text, not YAML's boolean on; put it in quotes"
        ),
        (
            "tasks:\n  environment:\n    yes: b",
            "f:3: tasks.environment.yes: a key must be a text, not YAML's boolean yes; quote it if it is meant so"
        ),
        ("cloudfront: false", "f:1: cloudfront: must be a mapping of keys to values, not YAML's boolean false"),
        ("regions: ap-northeast-1", "f:1: regions: must be a list, not \"ap-northeast-1\""),
        ("regions:\n- ap-northeast-1", "f:2: regions[0]: must be a mapping of keys to values, not \"ap-northeast-1\""),
        ("regions:\n- name: eu-west-1", "f:2: regions[0].vpcCIDR: is missing"),
        ("regions: []", "f:1: regions: must name at least one region, with its vpcCIDR"),
        // An alias has the line of its anchor; the key's is shown.
        (
            "name: &it ticket\nredis:\n  shards: *it",
            "f:3: redis.shards: must be a whole number from 1 to 500, not \"ticket\""
        ),
        // The file as a whole.
        ("- name: a", "f:1: must be a mapping of keys to values, not a list"),
        ("\nticket", "f:2: must be a mapping of keys to values, not \"ticket\""),
        ("name: a\nname: b", "f:1: name stands twice in one mapping, first here; keep one of them"),
        ("redis:\n  shards: 2\n  shards: 3", "f:2: shards stands twice in one mapping, first here; keep one of them"),
        (
            "redis:\n\tshards: 2",
            "f:2: is not YAML: found character that cannot start any token; indent with spaces, not with tabs"
        ),
        ("name: [a", "f:2: is not YAML: did not find expected ',' or ']'"),
        ("name: a\n bad: b", "f:2: is not YAML: mapping values are not allowed in this context"),
        ("name: *nowhere", "f:1: is not YAML: found undefined alias"),
        ("name: a\n---\nname: b", "f:2: is not YAML: but found another document"),
        ("name: a\n\nb: \u{1}", "f:3: is not YAML: control characters are not allowed"),
    ]

    private static let topLevel =
        "account, alarms, aurora, cloudfront, cluster, image, load, loadBalancer, name, network, queue, redis, regions, scaling, "
        + "services, table, tasks"

    @Test(arguments: refusals.indices)
    func whatIsWrongIsToldWithItsLine(index: Int) {
        let (yaml, problem) = Self.refusals[index]
        #expect(problems(yaml) == [problem])
    }

    @Test func everythingIsToldAtOnceAndInOrder() {
        let yaml = """
            name: Ticket
            nope: 1
            regions:
              - name: eu-west-1
                vpcCIDR: 8.8.0.0/16
            redis:
              shards: many
            cloudfront:
              priceClass: PriceClass_300
            """
        #expect(
            problems(yaml) == [
                "f:1: name: must be lower-case letters, digits and single hyphens, beginning with a letter and not ending "
                    + "with a hyphen; it is \"Ticket\"",
                "f:2: nope: unknown key; did you mean name? known here: \(Self.topLevel)",
                "f:5: regions[0].vpcCIDR: 8.8.0.0/16 is not private; choose a block within 10.0.0.0/8, 172.16.0.0/12 or "
                    + "192.168.0.0/16 (RFC 1918)",
                "f:7: redis.shards: must be a whole number from 1 to 500, not \"many\"",
                "f:9: cloudfront.priceClass: must be one of PriceClass_100, PriceClass_200, PriceClass_All; it is "
                    + "\"PriceClass_300\"",
            ])
    }

    @Test(arguments: ["", "# nothing\n", "---\n", "redis:\n", "null", "name: ticket\r\nredis: {shards: 3}\r\n"])
    func whatIsLeftOutKeepsItsDefault(yaml: String) throws {
        #expect(try StackSource(yaml: yaml, path: "f", stack: "ticket").validated() == Stack())
    }

    @Test func anAnchorMayBeUsed() throws {
        let yaml = "name: &it other\naurora:\n  database: *it"
        #expect(try StackSource(yaml: yaml, path: "f", stack: "ticket").validated().aurora.database == "other")
    }

    /// Too deep for a recursive reader's call stack, if nothing bounded it.
    @Test func deepNestingIsRefused() {
        let found = problems(String(repeating: "[", count: 100_000))
        #expect(found.count == 1 && found[0].hasPrefix("f:1: is not YAML: "))
    }

    @Test func aFileIsReadOrRefusedAsAWhole() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tickctl-stack-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "s.yaml").path
        func reading(_ bytes: [UInt8]) throws -> String {
            try Data(bytes).write(to: URL(filePath: path))
            do {
                return try StackSource(contentsOf: path, stack: "other").validated().name
            } catch {
                return "\(error)"
            }
        }
        #expect(try reading(Array("name: given".utf8)) == "given")
        #expect(try reading([]) == "other")
        #expect(try reading([0xEF, 0xBB, 0xBF] + Array("name: marked".utf8)) == "marked")
        #expect(
            try reading(Array("name: a\n# ".utf8) + [0xFF]) == "\(path):2: is not UTF-8; save the file in that encoding"
        )
        let comment = Array(repeating: UInt8(ascii: "#"), count: 1 << 20)
        #expect(try reading(comment) == "other")
        #expect(try reading(comment + [10]) == "\(path): has more than 1 MiB: is this the right file?")

        let missing = folder.appending(path: "missing.yaml").path
        #expect(throws: ValueProblems.self) { try StackSource(contentsOf: missing, stack: "other").validated() }
        #expect(
            StackSource(contentsOf: missing, stack: "other").problems.map(\.description) == [
                "\(missing): does not exist; `tickctl stack show --stack other > \(missing)` writes one with every default"
            ])
        #expect(
            StackSource(contentsOf: folder.path, stack: "other").problems.map(\.description) == [
                "\(folder.path): cannot be read; `tickctl stack show --stack other > \(folder.path)` writes one with every "
                    + "default"
            ])
    }
}
