import CurlTransport
import Foundation
import TestSupport
import Testing

@testable import AWSCore

@Suite struct PaginationTests {
    private static func page(_ vpc: String, next: String?) -> HTTPResponse {
        HTTPResponse(
            200,
            "<R><vpcSet><item><vpcId>\(vpc)</vpcId><isDefault>false</isDefault></item></vpcSet>"
                + (next.map { "<nextToken>\($0)</nextToken>" } ?? "") + "</R>")
    }

    @Test(arguments: [nil, ""] as [String?]) func collectsEveryPage(lastToken: String?) async throws {
        let harness = Harness { _, number in Self.page("vpc-\(number)", next: number < 2 ? "t\(number)" : lastToken) }
        let vpcs = try await harness.client.all(DescribeVpcs(vpcIds: ["x"]), region: Harness.region) { $0.vpcSet }
        #expect(vpcs.map(\.vpcId) == ["vpc-0", "vpc-1", "vpc-2"])
        let bodies = harness.transport.requests.map(\.bodyText)
        #expect(bodies.map { $0.hasSuffix("NextToken=t0") } == [false, true, false])
        #expect(bodies.allSatisfy { $0.contains("VpcId.1=x") })
    }

    @Test func aRepeatedTokenIsAnError() async throws {
        let harness = Harness { _, number in Self.page("v", next: number % 2 == 0 ? "a" : "b") }
        let error = await #expect(throws: AWSError.self) {
            try await harness.client.all(DescribeVpcs(), region: Harness.region)
        }
        #expect(error?.code == "PaginationLoop")
        #expect(harness.transport.requests.count == 3)
    }
}

@Suite struct WaitPolicyTests {
    @Test func pausesGrowToTheirCeiling() {
        let policy = WaitPolicy(
            firstDelay: .milliseconds(100), factor: 2, maximumDelay: .seconds(1), deadline: .seconds(60))
        #expect((1...6).map(policy.delay) == [100, 200, 400, 800, 1000, 1000].map { .milliseconds($0) })
        #expect(policy.delay(after: Int.max) == .seconds(1))
    }

    @Test func anInstantAnswerCostsNoPause() async throws {
        let clock = ManualClock()
        let answer = try await WaitPolicy(deadline: .seconds(1)).wait(time: .manual(clock)) { 7 }
        #expect(answer == 7)
        #expect(clock.sleeps.isEmpty)
    }

    @Test func theLastQuestionIsAtTheDeadline() async throws {
        let clock = ManualClock()
        var questions: [Duration] = []
        let answer: Int? = try await WaitPolicy(
            firstDelay: .seconds(1), factor: 2, maximumDelay: .seconds(60), deadline: .seconds(10)
        ).wait(time: .manual(clock)) {
            questions.append(clock.now.offset)
            return nil
        }
        #expect(answer == nil)
        #expect(questions == [0, 1, 3, 7, 10].map { .seconds($0) })
    }
}
