import CurlTransport
import Foundation
import TestSupport
import Testing

@testable import AWSCore

@Suite struct RetryTests {
    private static func json(_ status: Int, _ code: String, headers: HTTPHeaders = [:]) -> HTTPResponse {
        HTTPResponse(status, #"{"__type":"\#(code)","message":"m"}"#, headers: headers)
    }

    private static func ec2(_ status: Int, _ code: String, headers: HTTPHeaders = [:])
        -> HTTPResponse
    {
        HTTPResponse(
            status, "<R><Errors><Error><Code>\(code)</Code><Message>m</Message></Error></Errors></R>",
            headers: headers)
    }

    private static let ok = HTTPResponse(200, "<R/>")

    private func attempts(
        of operation: some AWSOperation, always answer: Result<HTTPResponse, TransportError>
    ) async -> (attempts: Int, error: AWSError?) {
        let harness = Harness([answer])
        let error = await #expect(throws: AWSError.self) {
            try await harness.client.send(operation, region: Harness.region)
        }
        return (harness.transport.requests.count, error)
    }

    // MARK: What is repeated, and how often

    @Test(arguments: [
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
        "TooManyRequestsException", "RequestLimitExceeded", "BandwidthLimitExceeded",
        "ProvisionedThroughputExceededException", "SlowDown", "PriorRequestNotComplete",
        "TransactionInProgressException", "EC2ThrottledException",
    ])
    func throttlesAreRepeatedEightTimesEvenForCreates(code: String) async {
        for status in [400, 503] {
            let (count, error) = await attempts(of: CreateVpc(cidrBlock: "c"), always: .success(Self.ec2(status, code)))
            #expect(count == 8)
            #expect(error?.code == code)
            #expect(error?.attempts == 8)
            #expect(error?.isAnswerLost == false)
        }
    }

    @Test func aLimitIsAThrottleForTablesOnly() async {
        let answer = Result<HTTPResponse, TransportError>.success(Self.json(400, "LimitExceededException"))
        #expect(await attempts(of: PutThing(tableName: "t"), always: answer).attempts == 8)
        #expect(
            await attempts(of: RunTask(clusterName: "c", tags: [], environment: [:]), always: answer).attempts == 1)
    }

    @Test(arguments: [
        (400, "ValidationException", 1), (403, "AccessDenied", 1), (404, "NotFound", 1), (409, "Conflict", 1),
        (500, "InternalFailure", 3), (500, "Whatever", 3), (502, "x", 3), (503, "ServiceUnavailable", 3),
        (504, "x", 3), (501, "x", 1), (400, "RequestTimeout", 3), (400, "InternalError", 3), (429, "x", 8),
    ])
    func statusesAndCodesOfReads(status: Int, code: String, expected: Int) async {
        let (count, error) = await attempts(of: DescribeVpcs(), always: .success(Self.ec2(status, code)))
        #expect(count == expected)
        #expect(error?.status == status)
        #expect(error?.isAnswerLost == false)
    }

    @Test func anEmulatorsErrorPageIsNotRepeated() async {
        let (count, error) = await attempts(
            of: CreateVpc(cidrBlock: "c"), always: .success(HTTPResponse(500, "<html>", headers: [:])))
        #expect(count == 1)
        #expect(error?.code == "NotImplemented")
        #expect(error?.isAnswerLost == false)
    }

    // MARK: Lost answers

    enum Ending { case unreachable, answerLost, service }

    @Test(arguments: [
        // A create is not repeated once it may have happened.
        (TransportError.Kind.interrupted, true, 1, Ending.answerLost, 3, Ending.answerLost, 3, Ending.unreachable),
        (.timeout, true, 1, .answerLost, 3, .answerLost, 3, .unreachable),
        // What certainly did not happen is repeated.
        (.connect, false, 3, .unreachable, 3, .unreachable, 3, .unreachable),
        (.resolve, false, 3, .unreachable, 3, .unreachable, 3, .unreachable),
        (.tls, false, 3, .unreachable, 3, .unreachable, 3, .unreachable),
        (.unusable, false, 1, .unreachable, 1, .unreachable, 1, .unreachable),
    ])
    func lostAnswers(
        kind: TransportError.Kind, sent: Bool, creates: Int, create: Ending, deletes: Int, delete: Ending, reads: Int,
        read: Ending
    ) async {
        let answer = Result<HTTPResponse, TransportError>.failure(.test(kind, sent: sent))
        for (operation, expected, ending) in [
            (CreateVpc(cidrBlock: "c") as any AWSOperation, creates, create), (DeleteVpc(vpcId: "v"), deletes, delete),
            (DescribeVpcs(), reads, read),
        ] {
            let (count, error) = await attempts(of: operation, always: answer)
            #expect(count == expected)
            switch (error?.cause, ending) {
            case (.unreachable, .unreachable), (.answerLost, .answerLost): break
            default: Issue.record("\(operation) \(kind): \(String(describing: error?.cause))")
            }
            #expect(error?.code == "transport.\(kind.rawValue)")
        }
    }

    @Test func aServerFaultOfACreateIsALostAnswer() async {
        let (count, error) = await attempts(
            of: CreateVpc(cidrBlock: "c"), always: .success(Self.ec2(500, "InternalError")))
        #expect(count == 1)
        #expect(error?.isAnswerLost == true)
        #expect(error?.code == "InternalError")
        let (repeats, last) = await attempts(
            of: DeleteVpc(vpcId: "v"), always: .success(Self.ec2(500, "InternalError")))
        #expect(repeats == 3)
        #expect(last?.isAnswerLost == false)
    }

    @Test(arguments: [Result.failure(TransportError.test(.interrupted, sent: true)), .success(HTTPResponse(502, ""))])
    func aWriteThatMayHaveHappenedStaysSo(first: Result<HTTPResponse, TransportError>) async {
        let harness = Harness([first, .failure(.test(.connect, sent: false))])
        let error = await #expect(throws: AWSError.self) {
            try await harness.client.send(DeleteVpc(vpcId: "v"), region: Harness.region)
        }
        #expect(harness.transport.requests.count == 3)
        #expect(error?.isAnswerLost == true)
        #expect(!harness.records.lines.contains { $0.hasPrefix("after") })
    }

    @Test func aRepeatThatSucceedsIsASuccess() async throws {
        let harness = Harness([
            .failure(.test(.connect, sent: false)), .success(Self.ec2(503, "RequestLimitExceeded")), .success(Self.ok),
        ])
        _ = try await harness.client.send(CreateVpc(cidrBlock: "c"), region: Harness.region)
        #expect(harness.transport.requests.count == 3)
        #expect(
            harness.records.lines == [
                "before CreateVpc 0 -", "call CreateVpc 1 transport.connect", "call CreateVpc 2 RequestLimitExceeded",
                "call CreateVpc 3 -", "after CreateVpc 3 -",
            ])
    }

    // MARK: Pauses and the budget

    @Test func pausesDoubleToTheirCeiling() async {
        let harness = Harness([.success(Self.ec2(400, "Throttling"))])
        _ = try? await harness.client.send(DescribeVpcs(), region: Harness.region)
        #expect(harness.clock.sleeps == [1, 2, 4, 8, 16, 20, 20].map { .seconds($0) })
    }

    @Test func jitterIsFull() {
        let policy = RetryPolicy()
        #expect(policy.delay(afterFailures: 3, random: 0, retryAfter: nil) == .zero)
        #expect(policy.delay(afterFailures: 3, random: 0.5, retryAfter: nil) == .seconds(2))
        #expect(policy.delay(afterFailures: 1000, random: 1, retryAfter: nil) == .seconds(20))
    }

    private static let wishes: [(HTTPHeaders, Duration)] = [
        (["Retry-After": "7"], .seconds(7)), (["x-amz-retry-after": "2500"], .milliseconds(2500)),
        (["Retry-After": "3600"], .seconds(60)), (["Retry-After": "0"], .seconds(1)),
        (["Retry-After": "soon"], .seconds(1)), (["Retry-After": "-5"], .seconds(1)),
    ]

    @Test(arguments: wishes)
    func theServicesWishIsHonoured(headers: HTTPHeaders, expected: Duration) async throws {
        let harness = Harness([.success(Self.ec2(503, "SlowDown", headers: headers)), .success(Self.ok)])
        _ = try await harness.client.send(DescribeVpcs(), region: Harness.region)
        #expect(harness.clock.sleeps == [expected])
    }

    @Test func theBudgetIsSharedAndRefills() {
        let quota = RetryQuota()
        for _ in 0..<50 { #expect(quota.take(isTimeout: true) == 10) }
        #expect(quota.take(isTimeout: false) == nil)
        quota.succeeded(lastCost: 10)
        #expect(quota.take(isTimeout: false) == 5)
        #expect(quota.take(isTimeout: false) == 5)
        #expect(quota.take(isTimeout: false) == nil)
        for _ in 0..<5 { quota.succeeded(lastCost: nil) }
        #expect(quota.take(isTimeout: false) == 5)
        for _ in 0..<2000 { quota.succeeded(lastCost: nil) }
        for _ in 0..<100 { #expect(quota.take(isTimeout: false) == 5) }
        #expect(quota.take(isTimeout: false) == nil)
    }

    @Test func anOutageExhaustsTheBudget() async {
        let harness = Harness([.failure(.test(.timeout, sent: true))])
        for _ in 0..<40 { _ = try? await harness.client.send(DescribeVpcs(), region: Harness.region) }
        // 500 / 10 repeats beside the 40 first attempts.
        #expect(harness.transport.requests.count == 90)
    }

    @Test func successesGiveTheBudgetBack() async throws {
        let harness = Harness { _, number in
            guard number.isMultiple(of: 2) else { return Self.ok }
            throw TransportError.test(.connect, sent: false)
        }
        // Each costs 5 of 500.
        for _ in 0..<150 { _ = try await harness.client.send(DescribeVpcs(), region: Harness.region) }
        #expect(harness.transport.requests.count == 300)
    }

    @Test func attemptsAreConfigurable() async {
        let harness = Harness([.failure(.test(.connect, sent: false))], retry: RetryPolicy(maximumAttempts: 1))
        _ = try? await harness.client.send(DescribeVpcs(), region: Harness.region)
        #expect(harness.transport.requests.count == 1)
    }

    // MARK: Clock and credentials

    private static let httpDate = "Tue, 14 Nov 2023 22:23:20 GMT"

    @Test(arguments: [
        "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", "InvalidSignatureException",
        "SignatureDoesNotMatch", "AuthFailure",
    ])
    func theClockIsCorrectedOnceForAllLaterCalls(code: String) async throws {
        let harness = Harness([
            .success(Self.ec2(403, code, headers: ["Date": Self.httpDate])), .success(Self.ok),
        ])
        for _ in 0..<2 { _ = try await harness.client.send(CreateVpc(cidrBlock: "c"), region: Harness.region) }
        #expect(
            harness.transport.requests.map { $0.headers["X-Amz-Date"] }
                == ["20231114T221320Z", "20231114T222320Z", "20231114T222320Z"])
        #expect(harness.clock.sleeps == [])
    }

    @Test func aSecondSkewIsAnErrorThatNamesIt() async {
        let harness = Harness([
            .success(Self.ec2(403, "RequestTimeTooSkewed", headers: ["Date": Self.httpDate])),
            .success(Self.ec2(403, "RequestTimeTooSkewed", headers: ["Date": "Tue, 14 Nov 2023 21:13:20 GMT"])),
        ])
        let error = await #expect(throws: AWSError.self) {
            try await harness.client.send(DescribeVpcs(), region: Harness.region)
        }
        #expect(harness.transport.requests.count == 2)
        #expect(error?.message.contains("clock is 70 min 0 s ahead of the service's") == true)
        #expect(error?.message.contains("timedatectl") == true)
    }

    @Test(arguments: [
        ("AuthFailure", "Tue, 14 Nov 2023 22:13:40 GMT"), ("RequestTimeTooSkewed", "Tue, 14 Nov 2023 22:09:30 GMT"),
        ("SignatureDoesNotMatch", "nonsense"), ("AccessDenied", "Tue, 14 Nov 2023 22:23:20 GMT"),
    ])
    func whatIsNoSkewIsNotCorrected(code: String, date: String) async {
        let (count, error) = await attempts(
            of: DescribeVpcs(), always: .success(Self.ec2(403, code, headers: ["Date": date])))
        #expect(count == 1)
        #expect(error?.code == code)
    }

    @Test(arguments: ["ExpiredToken", "ExpiredTokenException", "RequestExpired"])
    func expiredCredentialsAreRenewedOnce(code: String) async throws {
        let provider = CountingProvider { number in
            AWSCredentials(accessKeyID: "KEY\(number)", secretAccessKey: "s", source: "test")
        }
        let harness = Harness(credentials: provider) { request, _ in
            request.headers["Authorization"]?.contains("KEY1/") == true ? Self.ok : Self.ec2(400, code)
        }
        _ = try await harness.client.send(CreateVpc(cidrBlock: "c"), region: Harness.region)
        #expect(provider.count == 2)
        #expect(harness.transport.requests.count == 2)
    }

    @Test func credentialsThatStayExpiredAreTheCause() async {
        let (count, error) = await attempts(
            of: CreateVpc(cidrBlock: "c"), always: .success(Self.ec2(400, "ExpiredToken")))
        #expect(count == 2)
        guard case .credentials = error?.cause else {
            Issue.record("\(String(describing: error?.cause))")
            return
        }
        #expect(error?.message.contains("sign in again") == true)
    }

    @Test func noCredentialsIsTheCauseAndSendsNothing() async {
        let harness = Harness(credentials: CountingProvider { _ in throw CredentialError("none") }) { _, _ in Self.ok }
        let error = await #expect(throws: AWSError.self) {
            try await harness.client.send(CreateVpc(cidrBlock: "c"), region: Harness.region)
        }
        #expect(error?.code == "NoCredentials")
        #expect(harness.transport.requests.isEmpty)
        #expect(harness.records.lines == ["before CreateVpc 0 -", "after CreateVpc 0 NoCredentials"])
    }
}
