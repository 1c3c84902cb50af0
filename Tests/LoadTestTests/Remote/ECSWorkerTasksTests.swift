import AWSCore
import CurlTransport
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import LoadTest

@Suite struct ECSWorkerTasksTests {
    private static let regions = ["ap-northeast-1", "ap-northeast-2"]

    /// What was called: the action, the region and the input.
    private struct Call {
        var action: String
        var region: String
        var input: [String: Any]

        init(_ request: HTTPRequest) throws {
            action = request.headers["X-Amz-Target"]?.split(separator: ".").last.map(String.init) ?? ""
            region = regions.first { request.url.contains($0) } ?? ""
            input = try JSONSerialization.jsonObject(with: Data(request.bodyText.utf8)) as? [String: Any] ?? [:]
        }
    }

    private func client(_ transport: ScriptedTransport) throws -> AWSClient {
        var configuration = AWSClient.Configuration(
            credentials: nil, endpoints: EndpointResolver(try SharedConfiguration(environment: [:])))
        configuration.time = TimeSource(ManualClock())
        return AWSClient(transport: transport, configuration: configuration)
    }

    private static let definition = """
        {"taskDefinition": {"taskDefinitionArn": "arn:aws:ecs:r:1:task-definition/ticket-load:7", "family": "ticket-load",
         "revision": 7, "cpu": "4096", "memory": "8192", "containerDefinitions": [{"name": "load", "image": "x",
         "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/ticket-load",
         "awslogs-stream-prefix": "ecs"}}}]}}
        """
    private static let service = """
        {"services": [{"serviceArn": "a", "serviceName": "ticket-public-svc", "status": "ACTIVE", "networkConfiguration":
         {"awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"]}}}]}
        """

    /// Answers reads of what stands, and everything else by `answer`.
    private func tasks(
        clock: ManualClock = ManualClock(), _ answer: @escaping @Sendable (String, Int) throws -> HTTPResponse
    ) async throws -> (ECSWorkerTasks, ScriptedTransport) {
        let counts = Mutex<[String: Int]>([:])
        let transport = ScriptedTransport { request, _ in
            let action = try Call(request).action
            switch action {
            case "DescribeTaskDefinition": return HTTPResponse(200, Self.definition)
            case "DescribeServices": return HTTPResponse(200, Self.service)
            default:
                let number = counts.withLock { counts in
                    counts[action, default: 0] += 1
                    return counts[action, default: 1] - 1
                }
                return try answer(action, number)
            }
        }
        let client = try client(transport)
        var places: [ECSWorkerTasks.Place] = []
        for region in Self.regions {
            places.append(
                try await ECSWorkerTasks.Place(
                    client: client, region: region, cluster: "ticket", family: "ticket-load",
                    service: "ticket-public-svc"))
        }
        #expect(places[0].vcpu == 4)
        #expect(places[0].revision == "ticket-load:7")
        let tasks = ECSWorkerTasks(
            client: client, places: places, runID: "run1", tags: ["tickctl:id": "load"],
            time: TimeSource(clock, date: { clock.date })
        ) { ["load", "worker", "--index", String($0)] }
        return (tasks, transport)
    }

    private static func started(_ number: Int) -> HTTPResponse {
        HTTPResponse(200, #"{"tasks": [{"taskArn": "arn:aws:ecs:r:1:task/ticket/t\#(number)"}], "failures": []}"#)
    }

    private func calls(_ transport: ScriptedTransport, _ action: String) throws -> [Call] {
        try transport.requests.map { try Call($0) }.filter { $0.action == action }
    }

    @Test func `workers take turns in the regions, each with its own token and index`() async throws {
        let (tasks, transport) = try await tasks { _, number in Self.started(number) }
        for worker in 0..<4 { try await tasks.start(worker) }
        let calls = try calls(transport, "RunTask")
        #expect(calls.map(\.region) == [Self.regions[0], Self.regions[1], Self.regions[0], Self.regions[1]])
        #expect(Set(calls.compactMap { $0.input["clientToken"] as? String }).count == 4)
        #expect(calls.allSatisfy { ($0.input["clientToken"] as? String)?.count ?? 99 <= 64 })
        #expect(calls.allSatisfy { $0.input["count"] as? Int == 1 })
        let text = transport.requests.map(\.bodyText).filter { $0.contains("containerOverrides") }
        for worker in 0..<4 { #expect(text[worker].contains(#"["load","worker","--index","\#(worker)"]"#)) }
    }

    @Test func `a lost answer is asked for again under the same token`() async throws {
        let (tasks, transport) = try await tasks { _, number in
            if number == 0 {
                throw TransportError(
                    kind: .interrupted, mayHaveBeenSent: true, curlCode: 56, message: "reset", url: "https://x")
            }
            return Self.started(1)
        }
        try await tasks.start(0)
        let tokens = try calls(transport, "RunTask").compactMap { $0.input["clientToken"] as? String }
        #expect(tokens == ["tickctl-load-run1-0", "tickctl-load-run1-0"])
    }

    @Test(arguments: [
        (200, #"{"tasks": [], "failures": [{"arn": "a", "reason": "RESOURCE:FARGATE"}]}"#, "RESOURCE:FARGATE"),
        (400, #"{"__type": "ClientException", "message": "You've reached the limit on vCPUs"}"#, "the limit on vCPUs"),
    ])
    func `a task that is not started is told with its reason`(status: Int, body: String, said: String) async throws {
        let (tasks, _) = try await tasks { _, _ in HTTPResponse(status, body) }
        let error = await #expect(throws: LoadTestError.self) { try await tasks.start(1) }
        #expect(error?.message.contains(said) == true)
        #expect(error?.message.contains("worker 2's task cannot be started in ap-northeast-2") == true)
    }

    @Test func `a stopped task is told with its reason, its exit code, its last words and where its log is`()
        async throws
    {
        let clock = ManualClock()
        let (tasks, transport) = try await tasks(clock: clock) { action, number in
            switch action {
            case "RunTask": return Self.started(number)
            case "GetLogEvents": return HTTPResponse(200, #"{"events": [{"message": "error: out of luck"}]}"#)
            default:
                let stopped =
                    number == 0
                    ? #""RUNNING"}"#
                    : #""STOPPED", "stoppedReason": "Essential container in task exited", "containers": [{"exitCode": 137}]}"#
                return HTTPResponse(
                    200, #"{"tasks": [{"taskArn": "arn:aws:ecs:r:1:task/ticket/t0", "lastStatus": "# + stopped + "]}")
            }
        }
        try await tasks.start(0)
        #expect(await tasks.end(of: 0) == nil)
        // One look serves for some seconds.
        #expect(await tasks.end(of: 0) == nil)
        #expect(try calls(transport, "DescribeTasks").count == 1)
        clock.advance(by: .seconds(5))
        let end = try #require(await tasks.end(of: 0))
        for words in ["worker 1's task t0", "Essential container in task exited", "exit code 137", "out of luck"] {
            #expect(end.message.contains(words), "\(end.message)")
        }
        #expect(end.next.contains("aws logs tail /ecs/ticket-load --log-stream-names ecs/load/t0"))
        // It is not stopped once more.
        #expect(await tasks.stop(0) == nil)
        #expect(try calls(transport, "StopTask").isEmpty)
    }

    @Test func `only what was started and still runs is stopped`() async throws {
        let (tasks, transport) = try await tasks { action, number in
            switch action {
            case "RunTask": return Self.started(number)
            case "DescribeTasks":
                return HTTPResponse(
                    200,
                    """
                    {"tasks": [{"taskArn": "arn:aws:ecs:r:1:task/ticket/t0", "lastStatus": "RUNNING"},
                               {"taskArn": "arn:aws:ecs:r:1:task/ticket/t1", "lastStatus": "DEPROVISIONING"}]}
                    """)
            default: return HTTPResponse(200, "{}")
            }
        }
        try await tasks.start(0)
        try await tasks.start(2)
        for worker in 0..<4 { #expect(await tasks.stop(worker) == nil) }
        #expect(
            try calls(transport, "StopTask").map { $0.input["task"] as? String } == ["arn:aws:ecs:r:1:task/ticket/t0"])
    }

    @Test func `a stack without the task definition is told which step makes it`() async throws {
        let transport = ScriptedTransport { _, _ in
            HTTPResponse(400, #"{"__type": "ClientException", "message": "Unable to describe task definition."}"#)
        }
        let error = await #expect(throws: LoadTestError.self) {
            try await ECSWorkerTasks.Place(
                client: try client(transport), region: "ap-northeast-1", cluster: "ticket", family: "ticket-load",
                service: "ticket-public-svc")
        }
        #expect(error?.next == "run `tickctl up --step 04-taskdefs`")
    }
}
