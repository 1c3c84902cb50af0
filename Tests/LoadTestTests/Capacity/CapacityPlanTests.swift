import LoadTest
import StrictYAML
import Testing

struct CapacityPlanTests {
    let sizes = CapacityPlan.Sizes(
        regions: ["ap-northeast-1", "ap-northeast-2"], vcpuPerTask: 1, memoryGBPerTask: 2, cpuTargetPercent: 60,
        requestsPerSecondPerTask: 800, publicTasks: 12...400, confirmTasks: 12...400, workerTasks: 6...400,
        redisShards: 3, redisReplicasPerShard: 1, maximumACU: 128, natGateways: 3, taskAddresses: 12_273)

    @Test("every figure of a small plan, by hand")
    func byHand() throws {
        var figures = CapacityFigures()
        figures.cpu.vcpuShare = 1
        figures.traffic.seatsPerHold = 1
        figures.traffic.cacheableShare = 0.5
        figures.stores.messagesPerBatch = 10
        let plan = CapacityPlan(rate: 24_000, sizes: sizes, figures: figures)
        let region = try #require(plan.regions.first)
        // 12,000 a second: 8,400 reads, 2,400 of visits = 600 visits, 1,200 of purchases = 200 purchases.
        #expect(region.requestsPerSecond == 12_000)
        #expect(close(region.purchasesPerSecond, 200))
        // 800 who hold: seat and allowance, 4 units; 200 pins: 3 items, 6 units, index 3, sold 1.
        #expect(close(region.tableWritesPerSecond, 800 * 4 + 200 * 10))
        #expect(close(region.tableReadsPerSecond, 800 * 3 + 200 * 3))
        #expect(close(region.sqsCallsPerSecond, 20))
        // 4,200 summaries, 4,200 + 800 polls, 800 enters, 800 holds = 10,600 requests, 800 a task.
        #expect(region.publicTasks == 14)
        #expect(region.confirmTasks == 12 && region.workerTasks == 6)
        // 800 / 8,000 and 200 / 2,500 of a core, a quarter of a core an ACU, 0.7 of it used: 1.03, so 1.5.
        #expect(region.auroraACU == 1.5)
        let fargate = try #require(region.dollarsPerHour["Fargate"])
        #expect(close(fargate, 32 * (0.03238 + 2 * 0.00356)))
        let dynamo = try #require(region.dollarsPerHour["DynamoDB"])
        #expect(close(dynamo, (5_200 * 0.625 + 3_000 * 0.125) * 3_600 / 1e6))
        #expect(plan.regions.count == 2 && plan.regions[1].requestsPerSecond == 12_000)
    }

    @Test("the quota that gives way first is the one with the lowest rate, and Seoul's SQS is Seoul's")
    func quotas() throws {
        var figures = CapacityFigures()
        figures.quotas.fargateVCPU = 1e6
        figures.traffic.readShare = 0
        figures.traffic.visitShare = 0
        figures.traffic.purchaseShare = 1
        figures.stores.messagesPerBatch = 1
        figures.quotas.tableWrites = 1e9
        figures.quotas.tableReads = 1e9
        figures.quotas.loadBalancerTargets = 1e9
        figures.quotas.networkInterfaces = 1e9
        figures.quotas.auroraACU = 1e9
        figures.quotas.redisNodes = 1e9
        let plan = CapacityPlan(rate: 1_000, sizes: sizes, figures: figures)
        let first = try #require(plan.breaksFirst)
        #expect(first.region == "ap-northeast-2" && first.quota.name == "SQS calls a second")
        // 2,400 calls of one message are 2,400 purchases of 6 requests, in one region of two.
        #expect(close(first.quota.breaksAtRequestsPerSecond, 2_400 * 6 * 2))
    }

    @Test("twice the rate is never fewer of anything", arguments: [1.0, 100, 10_000, 100_000, 1_000_000])
    func monotonic(rate: Double) throws {
        let less = CapacityPlan(rate: rate, sizes: sizes, figures: .init()).regions[0]
        let more = CapacityPlan(rate: 2 * rate, sizes: sizes, figures: .init()).regions[0]
        #expect(more.publicTasks >= less.publicTasks && more.confirmTasks >= less.confirmTasks)
        #expect(more.workerTasks >= less.workerTasks && more.redisShards >= less.redisShards)
        #expect(more.auroraACU >= less.auroraACU && more.tableWritesPerSecond > less.tableWritesPerSecond)
    }

    @Test("a size that the rate does not fit is named with what it needs")
    func differences() {
        #expect(CapacityPlan(rate: 1_000, sizes: sizes, figures: .init()).differences.isEmpty)
        let plan = CapacityPlan(rate: 5_000_000, sizes: sizes, figures: .init())
        #expect(plan.differences.map(\.value).contains("services.public.maximumTasks"))
        #expect(plan.differences.allSatisfy { $0.needed > $0.stands })
    }

    @Test("a figures file overrides what it names and is refused with the line of what is wrong")
    func file() {
        let good = ProblemList(source: "f.yaml")
        let figures = CapacityFigures(
            yaml: "cpu:\n  hold: 55.5\nquotas:\n  sqsCalls:\n    ap-northeast-2: 9000\n", good)
        #expect(good.problems.isEmpty)
        #expect(figures.cpu.hold == 55.5 && figures.quotas.sqsCalls["ap-northeast-2"] == 9_000)
        #expect(figures.cpu.intent == CapacityFigures().cpu.intent)

        let bad = ProblemList(source: "f.yaml")
        _ = CapacityFigures(yaml: "cpu:\n  holds: 55.5\n  hold: -1\ntraffic:\n  readShare: 0.9\n", bad)
        let said = bad.problems.map(\.description)
        #expect(said.contains { $0.hasPrefix("f.yaml:2: cpu.holds: unknown key; did you mean hold?") })
        #expect(said.contains { $0.hasPrefix("f.yaml:3: cpu.hold: must be a number") })
        #expect(
            said.contains { $0.hasPrefix("f.yaml:4: traffic: readShare, visitShare and purchaseShare add up to 1.2") })
    }

    private func close(_ left: Double, _ right: Double) -> Bool { abs(left - right) <= 1e-9 * max(1, abs(right)) }
}
