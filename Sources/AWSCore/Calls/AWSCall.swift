import CurlTransport
import Foundation

/// One call under way: attempts, pauses, renewals, until there is an answer or nothing more to do.
struct AWSCall {
    private let client: AWSClient
    private let service: AWSService
    private let action: String
    private let effect: AWSEffect
    private let replay: AWSReplay
    private let body: AWSRequestBody
    private let endpoint: AWSEndpoint
    private let region: String
    private let id = UUID()

    private var attempt = 0
    private var sentAt: Duration?
    private var lastRetryCost: Int?
    private var hasRenewed = false
    private var hasCorrectedClock = false
    /// A write whose answer was lost in some attempt.
    private var mayHaveHappened = false

    init<Operation: AWSOperation>(
        client: AWSClient, operation: Operation.Type, request: AWSRequestBody, endpoint: AWSEndpoint, region: String
    ) {
        self.client = client
        service = operation.service
        action = operation.action
        effect = operation.effect
        replay = operation.replay
        body = request
        self.endpoint = endpoint
        self.region = region
    }

    /// - Throws: `AWSError`, `CancellationError`.
    mutating func perform() async throws -> HTTPResponse {
        while true {
            try await client.limiter.wait(service: service, action: action, effect: effect, region: region)
            let credentials = try await credentials()
            let localDate = client.configuration.time.date()
            let signedAt = localDate.addingTimeInterval(client.clockSkew.offset)
            attempt += 1
            sentAt = client.configuration.time.uptime()
            let response: HTTPResponse
            do {
                response = try await client.transport.send(request(credentials, signedAt))
            } catch let error as TransportError {
                client.configuration.onCall?(record("transport." + error.kind.rawValue, nil))
                try await recover(from: error)
                continue
            }
            guard !(200..<300).contains(response.status) else {
                client.configuration.onCall?(record(nil, AWSErrorAnswer.requestID(response.headers)))
                client.quota.succeeded(lastCost: lastRetryCost)
                return response
            }
            let answer = AWSErrorAnswer(response)
            client.configuration.onCall?(record(answer.code, answer.requestID))
            try await recover(from: answer, response, credentials: credentials, signedAt: signedAt, localDate)
        }
    }

    func record(_ errorCode: String?, _ requestID: String?) -> AWSCallRecord {
        AWSCallRecord(
            service: service.name, action: action, region: region, effect: effect, attempt: attempt,
            errorCode: errorCode, requestID: requestID, callID: id,
            duration: sentAt.map { client.configuration.time.uptime() - $0 })
    }

    func error(
        _ cause: AWSError.Cause, code: String, message: String, status: Int = 0, requestID: String? = nil,
        body: [UInt8] = []
    ) -> AWSError {
        var error = AWSError(
            cause: cause, code: code, message: message, status: status, requestID: requestID, service: service.name,
            action: action, region: region, attempts: attempt, body: body)
        error.followsLostAnswer = mayHaveHappened
        return error
    }

    // MARK: One attempt

    private func credentials() async throws -> AWSCredentials? {
        do {
            return try await client.credentials()
        } catch let error as CredentialError {
            throw self.error(.credentials, code: "NoCredentials", message: error.message)
        }
    }

    private func request(_ credentials: AWSCredentials?, _ date: Date) -> HTTPRequest {
        let request = body.request(to: endpoint, timeout: client.configuration.attemptTimeout)
        guard let credentials else { return request }
        let signer = SigV4(
            credentials: credentials, region: endpoint.signingRegion, service: service.signingName,
            keys: client.signingKeys)
        return signer.sign(request, date: date)
    }

    // MARK: After a failed one (returning means: try again)

    private mutating func recover(from failure: TransportError) async throws {
        if failure.mayHaveBeenSent, effect == .write { mayHaveHappened = true }
        let cause: AWSError.Cause = mayHaveHappened ? .answerLost(failure) : .unreachable(failure)
        let lost = error(cause, code: "transport." + failure.kind.rawValue, message: failure.description)
        guard failure.kind != .unusable, !(mayHaveHappened && replay == .lookUp) else { throw lost }
        try await pause(
            limit: client.configuration.retry.maximumAttempts, isTimeout: failure.kind == .timeout, else: lost)
    }

    private mutating func recover(
        from answer: AWSErrorAnswer, _ response: HTTPResponse, credentials: AWSCredentials?, signedAt: Date,
        _ localDate: Date
    ) async throws {
        let retry = client.configuration.retry
        func refusal(_ cause: AWSError.Cause = .service, _ advice: String = "") -> AWSError {
            error(
                cause, code: answer.code, message: answer.message + advice, status: response.status,
                requestID: answer.requestID, body: response.body)
        }
        switch FailureKind(answer, response, service: service, signedAt: signedAt) {
        case .permanent:
            throw refusal()
        case .throttled:
            try await pause(
                limit: retry.maximumThrottledAttempts, retryAfter: Self.retryAfter(response), else: refusal())
        case .serverFault:
            if effect == .write { mayHaveHappened = true }
            guard mayHaveHappened, replay == .lookUp else {
                try await pause(limit: retry.maximumAttempts, retryAfter: Self.retryAfter(response), else: refusal())
                return
            }
            throw refusal(
                .answerLost(
                    TransportError(
                        kind: .interrupted, mayHaveBeenSent: true, curlCode: 0,
                        message: "HTTP \(response.status) \(answer.code)", url: endpoint.url)))
        case .expiredCredentials:
            guard let credentials, !hasRenewed else {
                throw refusal(
                    .credentials,
                    " (credentials from \(credentials?.source ?? "nowhere") were renewed once: sign in again)")
            }
            hasRenewed = true
            client.discard(credentials)
        case .clockSkew(let seconds):
            guard !hasCorrectedClock else {
                throw refusal(
                    .service,
                    " (this machine's clock is \(Self.words(seconds)) the service's and correcting the signature for "
                        + "it did not help: set the clock, for example with `timedatectl set-ntp true`)")
            }
            hasCorrectedClock = true
            // Not "+=": calls that fail at the same time find the same skew.
            client.clockSkew.offset = signedAt.timeIntervalSince(localDate) + seconds
        }
    }

    /// Waits before the next attempt.
    /// - Throws: `failure` when the attempts or the client's budget are used up.
    private mutating func pause(
        limit: Int, isTimeout: Bool = false, retryAfter: Duration? = nil, else failure: AWSError
    ) async throws {
        guard attempt < limit, let cost = client.quota.take(isTimeout: isTimeout) else { throw failure }
        lastRetryCost = cost
        let configuration = client.configuration
        try await configuration.time.sleep(
            configuration.retry.delay(
                afterFailures: attempt, random: configuration.random(), retryAfter: retryAfter))
    }

    /// `x-amz-retry-after` in milliseconds, `Retry-After` in seconds.
    private static func retryAfter(_ response: HTTPResponse) -> Duration? {
        if let text = response.headers["x-amz-retry-after"], let value = Int(text), value >= 0 {
            return .milliseconds(value)
        }
        guard let text = response.headers["retry-after"], let value = Int(text), value >= 0 else { return nil }
        return .seconds(value)
    }

    /// "7 min 3 s behind".
    private static func words(_ seconds: TimeInterval) -> String {
        let whole = Int(abs(seconds).rounded())
        let length = whole >= 60 ? "\(whole / 60) min \(whole % 60) s" : "\(whole) s"
        return length + (seconds > 0 ? " behind" : " ahead of")
    }
}
