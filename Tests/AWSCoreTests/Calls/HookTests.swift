import CurlTransport
import Foundation
import TestSupport
import Testing

@testable import AWSCore

@Suite struct HookTests {
    private struct DiskFull: Error {}

    @Test func readsHaveNoJournalLine() async throws {
        let harness = Harness { _, _ in HTTPResponse(200, "<R/>") }
        _ = try await harness.client.send(DescribeVpcs(), region: Harness.region)
        #expect(harness.records.lines == ["call DescribeVpcs 1 -"])
    }

    @Test func aThrowBeforehandStopsTheCall() async {
        let harness = Harness(onWrite: { _, _ in throw DiskFull() }) { _, _ in HTTPResponse(200, "<R/>") }
        await #expect(throws: DiskFull.self) {
            try await harness.client.send(CreateVpc(cidrBlock: "c"), region: Harness.region)
        }
        #expect(harness.transport.requests.isEmpty)
    }

    @Test func aThrowAfterwardsEndsTheCall() async {
        let harness = Harness(onWrite: { _, phase in if phase == .after { throw DiskFull() } }) { _, _ in
            HTTPResponse(200, "<R/>")
        }
        await #expect(throws: DiskFull.self) {
            try await harness.client.send(CreateVpc(cidrBlock: "c"), region: Harness.region)
        }
        #expect(harness.transport.requests.count == 1)
    }

    @Test func aRefusalClosesTheLineWithItsCode() async {
        let harness = Harness { _, _ in
            HTTPResponse(400, "<R><Errors><Error><Code>VpcLimitExceeded</Code></Error></Errors></R>")
        }
        _ = try? await harness.client.send(CreateVpc(cidrBlock: "c"), region: Harness.region)
        #expect(
            harness.records.lines == [
                "before CreateVpc 0 -", "call CreateVpc 1 VpcLimitExceeded", "after CreateVpc 1 VpcLimitExceeded",
            ])
    }

    @Test func anUnknownOutcomeLeavesTheLineOpen() async {
        let harness = Harness([.failure(.test(.interrupted, sent: true))])
        _ = try? await harness.client.send(CreateVpc(cidrBlock: "c"), region: Harness.region)
        #expect(harness.records.lines == ["before CreateVpc 0 -", "call CreateVpc 1 transport.interrupted"])
    }

    @Test func aCancelledCallLeavesTheLineOpen() async {
        let harness = Harness { _, _ in throw CancellationError() }
        await #expect(throws: CancellationError.self) {
            try await harness.client.send(CreateVpc(cidrBlock: "c"), region: Harness.region)
        }
        #expect(harness.records.lines == ["before CreateVpc 0 -"])
    }

    @Test func verbsDecideEffectAndReplay() {
        #expect(DescribeVpcs.effect == .read)
        #expect(CreateVpc.effect == .write)
        #expect(CreateVpc.replay == .lookUp)
        #expect(DeleteVpc.replay == .safe)
        #expect(RunTask.replay == .lookUp)
        #expect(PutThing.replay == .safe)
        #expect(CreateVpc.action == "CreateVpc")
    }

    @Test func errorsSayWhatWhereAndHow() {
        let error = AWSError(
            code: "VpcLimitExceeded", message: "The maximum number of VPCs has been reached.", status: 400,
            requestID: "1234", service: "ec2", action: "CreateVpc", region: "ap-northeast-1")
        #expect(
            "\(error)"
                == "ec2:CreateVpc in ap-northeast-1: VpcLimitExceeded: The maximum number of VPCs has been reached. "
                + "(HTTP 400, request 1234, 1 attempt)")
    }
}
