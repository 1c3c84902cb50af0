import Foundation
import Synchronization
import TestSupport
import Testing

@testable import AWSCore

/// Makes credentials by a closure and counts; its argument is the number of the call from 0.
final class CountingProvider: CredentialProvider {
    private let calls = Mutex(0)
    private let make: @Sendable (Int) async throws -> AWSCredentials
    var count: Int { calls.withLock { $0 } }

    init(_ make: @escaping @Sendable (Int) async throws -> AWSCredentials) { self.make = make }

    func credentials() async throws -> AWSCredentials {
        let number = calls.withLock { calls in
            calls += 1
            return calls - 1
        }
        return try await make(number)
    }
}

@Suite struct RenewingCredentialsTests {
    private let clock = ManualClock()

    private func credentials(_ number: Int, lasting seconds: TimeInterval?) -> AWSCredentials {
        AWSCredentials(
            accessKeyID: "K\(number)", secretAccessKey: "s",
            expiration: seconds.map { clock.date.addingTimeInterval($0) })
    }

    @Test func thoseThatNeverEndAreFetchedOnce() async throws {
        let provider = CountingProvider { [self] in credentials($0, lasting: nil) }
        let renewing = RenewingCredentials(provider, time: .manual(clock))
        for _ in 0..<3 {
            #expect(try await renewing.credentials().accessKeyID == "K0")
            clock.advance(by: .seconds(1_000_000))
        }
        #expect(provider.count == 1)
    }

    @Test func renewsWhenLessThanFiveMinutesAreLeft() async throws {
        let provider = CountingProvider { [self] in credentials($0, lasting: 3600) }
        let renewing = RenewingCredentials(provider, time: .manual(clock))
        #expect(try await renewing.credentials().accessKeyID == "K0")
        clock.advance(by: .seconds(3299))
        #expect(try await renewing.credentials().accessKeyID == "K0")
        clock.advance(by: .seconds(1))
        #expect(try await renewing.credentials().accessKeyID == "K1")
        #expect(provider.count == 2)
    }

    @Test func oneRenewalServesAllWhoWait() async throws {
        let provider = CountingProvider { [self] number in
            try await Task.sleep(for: .milliseconds(50))
            return credentials(number, lasting: 3600)
        }
        let renewing = RenewingCredentials(provider, time: .manual(clock))
        let keys = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<50 { group.addTask { try await renewing.credentials().accessKeyID } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(keys == ["K0"])
        #expect(provider.count == 1)
    }

    @Test func aFailedEarlyRenewalKeepsTheOldOnesUntilTheirEnd() async throws {
        let provider = CountingProvider { [self] number in
            if number > 0 { throw CredentialError("down") }
            return credentials(number, lasting: 600)
        }
        let renewing = RenewingCredentials(provider, time: .manual(clock))
        _ = try await renewing.credentials()
        clock.advance(by: .seconds(400))
        #expect(try await renewing.credentials().accessKeyID == "K0")
        #expect(provider.count == 2)
        // Not with every call.
        clock.advance(by: .seconds(29))
        #expect(try await renewing.credentials().accessKeyID == "K0")
        #expect(provider.count == 2)
        clock.advance(by: .seconds(1))
        #expect(try await renewing.credentials().accessKeyID == "K0")
        #expect(provider.count == 3)
        clock.advance(by: .seconds(170))
        await #expect(throws: CredentialError.self) { try await renewing.credentials() }
    }

    @Test func shortLivedOnesAreNotRenewedWithEveryCall() async throws {
        let provider = CountingProvider { [self] in credentials($0, lasting: 120) }
        let renewing = RenewingCredentials(provider, time: .manual(clock))
        for _ in 0..<10 { _ = try await renewing.credentials() }
        #expect(provider.count == 1)
    }

    @Test func discardingForgetsOnlyTheRefusedOnes() async throws {
        let provider = CountingProvider { [self] in credentials($0, lasting: nil) }
        let renewing = RenewingCredentials(provider, time: .manual(clock))
        let first = try await renewing.credentials()
        renewing.discard(first)
        let second = try await renewing.credentials()
        #expect(second.accessKeyID == "K1")
        renewing.discard(first)
        #expect(try await renewing.credentials() == second)
    }
}
