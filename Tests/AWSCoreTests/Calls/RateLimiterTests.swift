import TestSupport
import Testing

@testable import AWSCore

@Suite struct RateLimiterTests {
    @Test func aBucketGivesItsBurstAndThenItsRate() {
        var bucket = TokenBucket(capacity: 3, refillPerSecond: 2, now: .zero)
        #expect((0..<3).map { _ in bucket.take(now: .zero) } == [.zero, .zero, .zero])
        #expect(bucket.take(now: .zero) == .milliseconds(500))
        // The queue keeps its order.
        #expect(bucket.take(now: .zero) == .seconds(1))
        #expect(bucket.take(now: .seconds(1)) == .milliseconds(500))
    }

    @Test func aBucketFillsToItsBurstOnly() {
        var bucket = TokenBucket(capacity: 3, refillPerSecond: 2, now: .zero)
        #expect((0..<3).map { _ in bucket.take(now: .seconds(1000)) } == [.zero, .zero, .zero])
        #expect(bucket.take(now: .seconds(1000)) == .milliseconds(500))
    }

    @Test func aClockThatGoesBackGivesNothing() {
        var bucket = TokenBucket(capacity: 1, refillPerSecond: 1, now: .seconds(10))
        #expect(bucket.take(now: .seconds(10)) == .zero)
        #expect(bucket.take(now: .seconds(5)) == .seconds(1))
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func noWindowPassesMoreThanBurstAndRate(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var bucket = TokenBucket(capacity: 10, refillPerSecond: 5, now: .zero)
        var now = Duration.zero
        var starts: [Double] = []
        for _ in 0..<300 {
            now += .milliseconds(Int.random(in: 0...300, using: &generator))
            starts.append((now + bucket.take(now: now)) / .seconds(1))
        }
        starts.sort()
        for (index, start) in starts.enumerated() {
            let inWindow = starts[index...].prefix { $0 < start + 4 }.count
            #expect(inWindow <= 10 + 5 * 4, "seed \(seed)")
        }
    }

    private func wait(_ limiter: RateLimiter, _ service: AWSService, _ action: String, _ region: String) async throws {
        let isRead = action.hasPrefix("Describe") || action.hasPrefix("Get")
        try await limiter.wait(service: service, action: action, effect: isRead ? .read : .write, region: region)
    }

    @Test func regionsAndActionsHaveBucketsOfTheirOwn() async throws {
        let clock = ManualClock()
        let limiter = RateLimiter(time: .manual(clock))
        let ec2 = DescribeVpcs.service
        for region in ["a", "b"] {
            for action in ["DescribeVpcs", "DescribeSubnets"] {
                for _ in 0..<100 { try await wait(limiter, ec2, action, region) }
            }
        }
        #expect(clock.sleeps.isEmpty)
        try await wait(limiter, ec2, "DescribeVpcs", "a")
        #expect(clock.sleeps == [.milliseconds(50)])
    }

    @Test func aGlobalServiceHasOneBucketForAllRegions() async throws {
        let clock = ManualClock()
        let limiter = RateLimiter(time: .manual(clock))
        let iam = AWSService(name: "iam", wire: .query(version: "2010-05-08"), globalRegion: "us-east-1")
        for number in 0..<100 { try await wait(limiter, iam, "CreateRole", "region-\(number)") }
        #expect(clock.sleeps.isEmpty)
        try await wait(limiter, iam, "PutRolePolicy", "other")
        #expect(clock.sleeps == [.milliseconds(100)])
    }

    @Test func dataPlanesAreNotLimited() async throws {
        let clock = ManualClock()
        let limiter = RateLimiter(time: .manual(clock))
        let sqs = AWSService(name: "sqs", wire: .json(version: "1.0", targetPrefix: "AmazonSQS"))
        for _ in 0..<5000 { try await wait(limiter, sqs, "SendMessageBatch", "a") }
        #expect(clock.sleeps.isEmpty)
    }
}
