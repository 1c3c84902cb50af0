import AWSCore
import AWSServices
import CurlTransport
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Delivery

struct SecretCheckTests {
    private static let secret = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:ticket/redis-auth-AbCdEf"
    private static let planted = "planted-value"

    @Test(
        "a reference names a secret and, behind it, a key of its value",
        arguments: [
            (secret, secret, nil), ("\(secret):token::", secret, "token"),
            ("\(secret):token:AWSCURRENT:", secret, "token"),
            ("\(secret):::", secret, nil), ("\(secret)::AWSPREVIOUS:", secret, nil),
            (
                "arn:aws:ssm:ap-northeast-1:123456789012:parameter/a",
                "arn:aws:ssm:ap-northeast-1:123456789012:parameter/a", nil
            ),
            ("", "", nil), (":::::::::", ":::::::::", nil),
        ] as [(String, String, String?)])
    func parts(_ reference: String, _ arn: String, _ key: String?) {
        let found = SecretCheck.parts(reference)
        #expect(found.arn == arn && found.key == key)
    }

    /// What Secrets Manager answers, and how often the value was asked for.
    private final class Secrets: Sendable {
        let reads = Mutex(0)
        let description: String?
        let value: String

        init(description: String?, value: String = "") {
            self.description = description
            self.value = value
        }

        func answer(_ request: HTTPRequest) -> HTTPResponse {
            let target = request.headers["X-Amz-Target"] ?? ""
            if target.hasSuffix("DescribeServices") {
                return HTTPResponse(
                    200, #"{"services": [{"serviceArn": "a", "serviceName": "s", "status": "ACTIVE"}]}"#)
            }
            if target.hasSuffix("GetSecretValue") {
                reads.withLock { $0 += 1 }
                let members = ["ARN": secret, "Name": "ticket/redis-auth", "VersionId": "v", "SecretString": value]
                let body = (try? JSONSerialization.data(withJSONObject: members)) ?? Data()
                return HTTPResponse(200, String(decoding: body, as: UTF8.self))
            }
            guard let description else {
                return HTTPResponse(400, #"{"__type": "ResourceNotFoundException", "message": "no such secret"}"#)
            }
            return HTTPResponse(
                200, #"{"ARN": "\#(secret)", "Name": "ticket/redis-auth", "VersionIdsToStages": \#(description)}"#)
        }
    }

    private static let current = #"{"v": ["AWSCURRENT"]}"#

    private static func findings(_ secrets: Secrets, _ references: [String]) async throws -> [VerifyFinding] {
        let transport = ScriptedTransport { request, _ in secrets.answer(request) }
        let client = AWSClient(
            transport: transport,
            configuration: AWSClient.Configuration(
                credentials: nil, endpoints: EndpointResolver(url: nil), retry: RetryPolicy(maximumAttempts: 1)))
        struct NoImages: ImageLookup {
            func architectures(of image: String, region: String) async throws -> Set<String>? { nil }
        }
        let region = VerifyTarget.Region(name: "ap-northeast-1", cluster: "ticket", services: [], queues: [])
        let verification = Verification(
            client: client, transport: transport, images: NoImages(),
            target: VerifyTarget(
                account: "123456789012", partition: "aws", roles: [], serviceLinkedRoles: [], regions: [region]))
        let service = try await client.send(
            ECS.DescribeServices(cluster: "ticket", services: ["s"], include: []), region: region.name
        ).services[0]
        let container = ECS.ContainerDefinition(
            name: "worker", image: "image", cpu: 0, memory: 512, essential: true, command: [],
            environment: [.init(name: "DATABASE_SECRET", value: Self.secret)],
            secrets: references.enumerated().map { .init(name: "S\($0.offset)", valueFrom: $0.element) },
            portMappings: [], user: nil, readonlyRootFilesystem: nil, stopTimeout: nil, healthCheck: nil,
            logConfiguration: .init(logDriver: "awslogs", options: [:]), ulimits: [])
        let revision = TaskRevision(
            ECS.RegisterTaskDefinition(
                family: "f", taskRoleArn: "r", executionRoleArn: "r", networkMode: "awsvpc",
                requiresCompatibilities: [], cpu: "256", memory: "512",
                runtimePlatform: .init(cpuArchitecture: "ARM64", operatingSystemFamily: "LINUX"),
                containerDefinitions: [container], tags: []))
        let expected = VerifyTarget.Service(name: "s", container: "worker", port: nil, paths: [], maximumTasks: 1)
        return await SecretCheck(
            RegionCheck(verification, region), [.init(expected: expected, service: service, revision: revision)]
        ).findings()
    }

    @Test("a secret that is read whole is not read here, only looked for")
    func whole() async throws {
        let secrets = Secrets(description: Self.current, value: Self.planted)
        #expect(try await Self.findings(secrets, [Self.secret]) == [])
        #expect(secrets.reads.withLock { $0 } == 0)
    }

    @Test(
        "each key that is missing has its finding, and no value is in any",
        arguments: [planted, #"{"user": "\#(planted)"}"#, #"["token"]"#])
    func keys(_ value: String) async throws {
        let secrets = Secrets(description: Self.current, value: value)
        let found = try await Self.findings(secrets, ["\(Self.secret):token::", "\(Self.secret):host::", Self.secret])
        #expect(found.map(\.problem) == ["host", "token"].map { "has no JSON key \"\($0)\", but tasks read it" })
        #expect(found.allSatisfy { $0.subject == "ticket/redis-auth-AbCdEf" && $0.check == .secret })
        #expect(!"\(found)".contains(Self.planted))
        #expect(secrets.reads.withLock { $0 } == 1)
        let there = Secrets(description: Self.current, value: #"{"token": "t", "host": "h"}"#)
        #expect(try await Self.findings(there, ["\(Self.secret):token::", "\(Self.secret):host::"]) == [])
    }

    @Test(
        "a secret that is gone, or has no current value, is a finding and is not read",
        arguments: [
            (nil, "does not exist"), ("{}", "no current value"), (#"{"v": ["AWSPREVIOUS"]}"#, "no current value"),
        ] as [(String?, String)])
    func missing(_ description: String?, _ words: String) async throws {
        let secrets = Secrets(description: description)
        let found = try await Self.findings(secrets, ["\(Self.secret):token::"])
        #expect(found.count == 1 && found.allSatisfy { $0.problem.contains(words) })
        #expect(secrets.reads.withLock { $0 } == 0)
    }
}
