import Foundation
import Provisioning
import TestSupport
import Testing

struct JournalTests {
    private let path: String

    init() throws { path = try TemporaryFolder().path + "/absent/j" }

    @Test func anIntentWithoutAnAnswerIsFoundByTheNextRun() async throws {
        let first = Journal(path: path)
        let node = NodeID(region: "r", name: "vpc")
        try await Journal.$node.withValue(node) { try await first.begin("1", call: "ec2:CreateVpc", region: "r") }
        try await first.end("1", error: nil)
        try await Journal.$node.withValue(node) { try await first.begin("2", call: "ec2:CreateSubnet", region: "r") }

        let second = Journal(path: path)
        let open = try await second.unanswered()
        #expect(open.map(\.call) == ["ec2:CreateSubnet"])
        #expect(open.first?.node == node)
        try await second.close()
        #expect(FileManager.default.fileExists(atPath: path), "an open intent must not be forgotten")
        await second.settle([node])
        try await second.close()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func aLineCutOffByAFullDiskHidesNoOther() async throws {
        let first = Journal(path: path)
        try await first.begin("1", call: "a", region: "r")
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("{\"id\":\"cut".utf8))
        let second = Journal(path: path)
        try await second.begin("2", call: "b", region: "r")
        #expect(Set(try await Journal(path: path).unanswered().map(\.call)) == ["a", "b"])
    }

    @Test func manyLinesAtOnceAllReachTheDisk() async throws {
        let journal = Journal(path: path)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<200 {
                group.addTask {
                    try await journal.begin("\(index)", call: "call", region: "r")
                    if index % 2 == 0 { try await journal.end("\(index)", error: "E") }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await Journal(path: path).unanswered().count == 100)
    }

    @Test func whatSucceededLatelyIsToldAndNothingElse() async throws {
        #expect(await Journal(path: path).succeeded(inTheLast: 900).isEmpty, "there is no journal yet")
        let first = Journal(path: path)
        let node = NodeID(region: "r", name: "vpc")
        try await Journal.$node.withValue(node) {
            for id in ["made", "refused", "unanswered"] { try await first.begin(id, call: id, region: "r") }
        }
        try await first.end("made", error: nil)
        try await first.end("refused", error: "VpcLimitExceeded")
        let old = Date().addingTimeInterval(-901).formatted(.iso8601)
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seekToEnd()
        for line in [#"{"id":"old","at":"\#(old)","phase":"answer","call":"old","region":"r"}"#, #"{"id":"cut"#] {
            try handle.write(contentsOf: Data((line + "\n").utf8))
        }

        let second = Journal(path: path)
        #expect(await second.succeeded(inTheLast: 900).map(\.call) == ["made"])
        #expect(await second.succeeded(inTheLast: 900).first?.node == node)
        #expect(await second.succeeded(inTheLast: 1800).map(\.call) == ["made", "old"])
    }

    @Test func anUnansweredCallOfTheLockLeavesNoJournal() async throws {
        let journal = Journal(path: path)
        try await journal.begin("1", call: "dynamodb:UpdateItem", region: "r")
        try await journal.close()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func aRunThatDidNotComeToItsEndIsRemembered() async throws {
        let first = Journal(path: path)
        try await first.begin("1", call: "ec2:CreateVpc", region: "r")
        try await first.end("1", error: nil)
        try await first.close(remembers: true)
        let second = Journal(path: path)
        #expect(try await second.unanswered().isEmpty)
        #expect(await second.succeeded(inTheLast: 900).map(\.call) == ["ec2:CreateVpc"])
        try await second.close()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func aJournalThatCannotBeWrittenForbidsTheCall() async throws {
        let journal = Journal(path: "/proc/nothing/journal")
        let error = await #expect(throws: (any Error).self) { try await journal.begin("1", call: "a", region: "r") }
        #expect(error != nil)
        let full = Journal(path: "/dev/full")
        let storage = await #expect(throws: ProvisioningError.self) {
            try await full.begin("1", call: "a", region: "r")
        }
        #expect(storage?.code == .storage)
        #expect(storage?.what.contains("No space left on device") == true)
    }
}
