public import CurlTransport
public import Foundation

/// Sends typed operations: resolves the endpoint, signs, limits the rate, retries, decodes.
public final class AWSClient: Sendable {
    /// What every call of a client shares.
    public struct Configuration: Sendable {
        /// `nil`: requests go unsigned.
        public var credentials: (any CredentialProvider)?
        public var endpoints: EndpointResolver
        public var retry: RetryPolicy
        public var time: TimeSource
        /// 0..<1, for jitter.
        public var random: @Sendable () -> Double
        /// One attempt, from connecting to the last byte. `nil`: the transport's default.
        public var attemptTimeout: Duration?
        /// Called before the first attempt of every mutating call, where a throw stops the call, and again when its
        /// outcome is certain: answered, refused, or never sent. An outcome that nobody knows
        /// (`AWSError.Cause.answerLost`, cancellation) has no second call. A throw there ends the call with that error,
        /// though it happened.
        public var onWrite: (@Sendable (AWSCallRecord, AWSCallPhase) async throws -> Void)?
        /// Called after every attempt of every call.
        public var onCall: (@Sendable (AWSCallRecord) -> Void)?

        public init(
            credentials: (any CredentialProvider)?, endpoints: EndpointResolver, retry: RetryPolicy = RetryPolicy(),
            time: TimeSource = .system, random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) },
            attemptTimeout: Duration? = nil,
            onWrite: (@Sendable (AWSCallRecord, AWSCallPhase) async throws -> Void)? = nil,
            onCall: (@Sendable (AWSCallRecord) -> Void)? = nil
        ) {
            self.credentials = credentials
            self.endpoints = endpoints
            self.retry = retry
            self.time = time
            self.random = random
            self.attemptTimeout = attemptTimeout
            self.onWrite = onWrite
            self.onCall = onCall
        }
    }

    public let configuration: Configuration
    let transport: any HTTPTransport
    let limiter: RateLimiter
    let quota = RetryQuota()
    let clockSkew = ClockSkew()
    let signingKeys = SigningKeys()
    private let renewing: RenewingCredentials?

    /// Credentials are kept and renewed early by the client.
    public init(transport: any HTTPTransport, configuration: Configuration) {
        self.transport = transport
        self.configuration = configuration
        limiter = RateLimiter(time: configuration.time)
        renewing = configuration.credentials.map { provider in
            provider as? RenewingCredentials ?? RenewingCredentials(provider, time: configuration.time)
        }
    }

    /// The credentials that sign now; `nil` when requests go unsigned.
    /// - Throws: `CredentialError`.
    public func credentials() async throws -> AWSCredentials? { try await renewing?.credentials() }

    /// A service refused `credentials` as expired.
    func discard(_ credentials: AWSCredentials) { renewing?.discard(credentials) }

    /// Sends `operation` to `region` (a global service ignores it) and waits for its answer.
    /// - Throws: `AWSError`, `CancellationError`, whatever `onWrite` throws.
    public func send<Operation: AWSOperation>(_ operation: Operation, region: String) async throws -> Operation.Output {
        let endpoint = try configuration.endpoints.endpoint(
            of: Operation.service, region: region, s3: operation.rest.s3)
        var call = AWSCall(
            client: self, operation: Operation.self, request: try AWSRequestBody(operation), endpoint: endpoint,
            region: region)
        guard Operation.effect == .write, let onWrite = configuration.onWrite else {
            return try decode(Operation.self, try await call.perform(), operation.rest, call)
        }
        try await onWrite(call.record(nil, nil), .before)
        let response: HTTPResponse
        do {
            response = try await call.perform()
        } catch let error as AWSError {
            if !error.isAnswerLost { try await onWrite(call.record(error.code, error.requestID), .after) }
            throw error
        }
        try await onWrite(call.record(nil, AWSErrorAnswer.requestID(response.headers)), .after)
        return try decode(Operation.self, response, operation.rest, call)
    }

    private func decode<Operation: AWSOperation>(
        _ type: Operation.Type, _ response: HTTPResponse, _ rest: AWSRESTRequest, _ call: AWSCall
    ) throws -> Operation.Output {
        do {
            return try AWSAnswer(type, rest: rest).decode(response)
        } catch {
            throw call.error(
                .malformedAnswer, code: "MalformedAnswer", message: "the answer does not decode: \(error)",
                status: response.status, requestID: AWSErrorAnswer.requestID(response.headers))
        }
    }
}

/// One attempt of a call, or the call as a whole, for journals and counters. Holds nothing secret.
public struct AWSCallRecord: Sendable, Equatable {
    public var service: String
    public var action: String
    public var region: String
    public var effect: AWSEffect
    /// From 1; 0 before the first.
    public var attempt: Int
    /// AWS's code, or "transport." and a `TransportError.Kind`; `nil`: no error.
    public var errorCode: String?
    public var requestID: String?
    /// The same for all attempts and phases of one call.
    public var callID: UUID
    /// From sending to the answer; `nil` but for attempts.
    public var duration: Duration?

    public init(
        service: String, action: String, region: String, effect: AWSEffect, attempt: Int, errorCode: String? = nil,
        requestID: String? = nil, callID: UUID = UUID(), duration: Duration? = nil
    ) {
        self.service = service
        self.action = action
        self.region = region
        self.effect = effect
        self.attempt = attempt
        self.errorCode = errorCode
        self.requestID = requestID
        self.callID = callID
        self.duration = duration
    }
}

/// Where a mutating call stands.
public enum AWSCallPhase: String, Sendable { case before, after }
