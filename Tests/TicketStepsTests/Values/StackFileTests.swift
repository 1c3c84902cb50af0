import Foundation
import Testing

@testable import TicketSteps

/// The stack file and the stack's own YAML against the properties of `Stack`.
@Suite struct StackFileTests {
    private static let path = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "../../../stacks/ticket.yaml"
    ).standardized.path

    @Test func theFileOfTheRepositoryHoldsExactlyTheDefaults() throws {
        let source = StackSource(contentsOf: Self.path, stack: "another")
        #expect(try source.validated() == Stack())
        #expect(Set(source.lines.keys).isSuperset(of: leaves(of: Stack()).keys))
    }

    @Test func everyKeyOfTheFileIsExplainedWhereItFirstStands() throws {
        let lines = try String(contentsOfFile: Self.path, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        var seen: Set<Substring> = []
        for (index, line) in lines.enumerated() {
            guard let match = line.firstMatch(of: /^ *(?:- )?([A-Za-z0-9]+):/), seen.insert(match.1).inserted else {
                continue
            }
            #expect(
                index > 0 && lines[index - 1].contains(#/^ *# \S/#),
                "line \(index + 1), \(match.1), has no comment above")
        }
        #expect(seen.count > 70)
    }

    @Test func theYAMLOfTheDefaultsReadsBack() throws {
        let yaml = try Stack().yaml()
        #expect(try StackSource(yaml: yaml, path: "y", stack: "another").validated() == Stack())
        #expect(yaml.contains("account: null\n"))
        #expect(yaml.contains("engineVersion: \"7.1\"\n"))
        #expect(yaml.contains("minimumACU: 2\n"))
        #expect(yaml.contains("p95Seconds: 0.2\n"))
    }

    /// A property without an entry in the reader is an unknown key here; one that this stack does not change is named.
    @Test func everyPropertyIsReadFromYAML() throws {
        let changed = leaves(of: Self.changed)
        for (path, value) in leaves(of: Stack()) {
            #expect(changed[path] != nil && changed[path] != value, "\(path) is not changed by this test")
        }
        let source = StackSource(yaml: try Self.changed.yaml(), path: "y", stack: "another")
        #expect(try source.validated() == Self.changed)
        let priceClass = try line(of: "  priceClass:")
        #expect(source.lines["cloudfront.priceClass"] == priceClass)
        #expect(source.lines["regions[1].vpcCIDR"] == 9)
    }

    private func line(of start: String) throws -> Int? {
        try Self.changed.yaml().split(separator: "\n").firstIndex { $0.hasPrefix(start) }.map { $0 + 1 }
    }

    /// Nothing that the two stacks could share.
    private static let changed: Stack = {
        var stack = Stack()
        stack.name = "other"
        stack.account = "012345678901"
        stack.regions = [
            .init(
                name: "us-east-1", vpcCIDR: "172.16.0.0/17",
                certificate: "arn:aws:acm:us-east-1:012345678901:certificate/one"),
            .init(
                name: "us-west-2", vpcCIDR: "172.16.128.0/17",
                certificate: "arn:aws:acm:us-west-2:012345678901:certificate/two"),
        ]
        stack.regions[0].accessLogsBucket = "logs.one"
        stack.regions[1].accessLogsBucket = "logs-two"
        stack.network = .init(
            subnetPrefix: 21, nat: .single, endpoints: ["sqs", "logs", "ecr.api", "secretsmanager", "ecr.dkr"],
            albIngress: .cloudfront)
        stack.image = .init(tag: "1.10", keepTagged: 51, dropUntaggedAfterDays: 8)
        stack.cluster = .init(logRetentionDays: 60, githubRepository: "owner/shop", githubRef: "refs/tags/v1")
        stack.queue = .init(visibilityTimeoutSeconds: 61, retentionDays: 5, maxReceiveCount: 6)
        stack.table = .init(pointInTimeRecovery: false, deletionProtection: false)
        stack.redis = .init(
            clusterID: "cache", engineVersion: "7.0", nodeType: "cache.m7g.xlarge", shards: 4, replicasPerShard: 2,
            eviction: .noeviction)
        stack.aurora = .init(
            clusterID: "ledger", engineVersion: "17.5", database: "orders", minimumACU: 0.5, maximumACU: 256,
            backupRetentionDays: 35, deletionProtection: false)
        stack.tasks = .init(
            architecture: .arm64, cpu: 2048, memoryMiB: 4096, stopTimeoutSeconds: 60, tracing: true,
            environment: ["LOG_LEVEL": "debug", "ANSWER": "42", "FLAG": "no", "EMPTY": ""])
        stack.loadBalancer = .init(idleTimeoutSeconds: 61, deletionProtection: true)
        stack.services = .init(
            public: .init(initialTasks: 4, minimumTasks: 3, maximumTasks: 5),
            confirm: .init(initialTasks: 7, minimumTasks: 6, maximumTasks: 8),
            worker: .init(initialTasks: 10, minimumTasks: 9, maximumTasks: 11))
        stack.scaling = .init(
            cpuTargetPercent: 50.5, scaleOutCooldownSeconds: 31, scaleInCooldownSeconds: 121,
            requestsPerSecondPerTask: 801, p95Seconds: 0.25, p95StepPercent: 21, backlogPerTask: 1001,
            queueAgeSeconds: 61, queueAgeStepPercent: 31)
        stack.alarms = .init(
            email: ["one@example.com", "two@example.com"], alb5xxPercent: 0.001, p99Seconds: 0.6, cpuPercent: 86,
            memoryPercent: 87, auroraACUPercent: 88, auroraConnections: 4001, redisReplicationLagSeconds: 6)
        stack.cloudfront = .init(
            enabled: true, aliases: ["tickets.example.com"],
            certificate: "arn:aws:acm:us-east-1:012345678901:certificate/three", priceClass: "PriceClass_All")
        stack.load = .init(cpu: 8192, memoryMiB: 16_384, resultsDays: 15)
        return stack
    }()

    /// The one flag that must stay as it is for the others to be sound together.
    @Test func cloudFrontIsSwitchedOffFromYAML() throws {
        let source = StackSource(yaml: "cloudfront: {enabled: false}", path: "y", stack: "ticket")
        #expect(try source.validated().cloudfront.enabled == false)
    }

    /// Values by their paths; a list or a mapping as a whole, since it may be empty, but for the regions.
    private func leaves(of value: Any, _ path: String = "") -> [String: String] {
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .struct where !(value is String):
            return mirror.children.reduce(into: [:]) { all, child in
                let name = child.label ?? ""
                all.merge(leaves(of: child.value, path.isEmpty ? name : "\(path).\(name)")) { $1 }
            }
        case .collection where value is [Stack.Region]:
            return mirror.children.enumerated().reduce(into: [:]) { all, child in
                all.merge(leaves(of: child.element.value, "\(path)[\(child.offset)]")) { $1 }
            }
        default:
            return path == "cloudfront.enabled" ? [:] : [path: "\(value)"]
        }
    }
}
