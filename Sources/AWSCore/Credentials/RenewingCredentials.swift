import Foundation
import Synchronization

/// Keeps a provider's credentials and renews them before they end, once for all who wait.
public final class RenewingCredentials: CredentialProvider {
    /// Renewal starts when less than this is left.
    static let margin: TimeInterval = 300
    static let retryInterval: TimeInterval = 30

    private struct State {
        var current: AWSCredentials?
        var renewal: Task<AWSCredentials, any Error>?
        /// Until then credentials that end soon serve on: their renewal failed, or brought no longer ones.
        var retryAfter: Date?
    }

    private let provider: any CredentialProvider
    private let time: TimeSource
    private let state = Mutex(State())

    /// `time`: by which credentials end.
    public init(_ provider: any CredentialProvider, time: TimeSource = .system) {
        self.provider = provider
        self.time = time
    }

    /// - Throws: the provider's error when there are no credentials that are still valid.
    public func credentials() async throws -> AWSCredentials {
        let now = time.date()
        let renewal: Task<AWSCredentials, any Error>? = state.withLock { state in
            if let current = state.current {
                let left = current.expiration?.timeIntervalSince(now) ?? .infinity
                if left > Self.margin || (left > 0 && now < state.retryAfter ?? .distantPast) { return nil }
            }
            if let renewal = state.renewal { return renewal }
            let renewal = Task { [provider] in try await provider.credentials() }
            state.renewal = renewal
            return renewal
        }
        guard let renewal else { return try current(validAt: now) }
        do {
            let renewed = try await renewal.value
            state.withLock { state in
                guard state.renewal == renewal else { return }
                state = State(current: renewed, retryAfter: now.addingTimeInterval(Self.retryInterval))
            }
            return renewed
        } catch {
            state.withLock { state in
                guard state.renewal == renewal else { return }
                state.renewal = nil
                state.retryAfter = now.addingTimeInterval(Self.retryInterval)
            }
            // Early renewal failed: what we have still works.
            guard let old = try? current(validAt: time.date()) else { throw error }
            return old
        }
    }

    /// Forgets them, unless they were renewed meanwhile; the next call asks the provider.
    public func discard(_ credentials: AWSCredentials) {
        state.withLock { state in
            guard state.current == credentials else { return }
            state.current = nil
        }
        provider.discard(credentials)
    }

    private func current(validAt date: Date) throws -> AWSCredentials {
        guard let current = state.withLock({ $0.current }), current.expiration ?? .distantFuture > date else {
            throw CredentialError("the credentials have expired")
        }
        return current
    }
}
