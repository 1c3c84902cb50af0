import AWSResources
import Foundation
import Provisioning
import Testing
import Ticketing

@testable import TicketSteps

@Suite struct TaskDefinitionsStepTests {
    static func container(_ role: Role, _ stack: Stack = Stack()) throws -> TaskDefinition.Container {
        try #require(try definition(role, stack).containers.first)
    }

    static func definition(_ role: Role, _ stack: Stack = Stack()) throws -> TaskDefinition {
        let graph = try StackGraph(stack, AccessStepTests.context).graph
        let node = graph[NodeID(region: "ap-northeast-2", name: "taskdef-\(role.rawValue)")]
        return try #require(node?.resource as? TaskDefinition)
    }

    @Test(arguments: Role.allCases)
    func aTaskHasWhatItsRoleDeclares(_ role: Role) throws {
        let container = try Self.container(role)
        #expect(container.name == role.rawValue)
        #expect(container.command == ["serve", "--role", role.rawValue])
        #expect(
            Set(container.environment.keys)
                == Set(role.declaration.environment.filter { $0.source != .unset }.map(\.name)))
        #expect(Set(container.secrets.keys) == Set(role.declaration.secrets.map(\.name)))
        #expect(container.environment["AWS_REGION"] == "ap-northeast-2")
        #expect(container.port?.number == role.declaration.port)
        #expect(container.hasReadOnlyRoot && container.user == "65532:65532")
        // The image is named by digest, which only its push can tell.
        #expect(
            container.image.references == [
                OutputReference(
                    node: NodeID(region: "ap-northeast-2", name: "image-\(role.rawValue)"), output: "uri")
            ])
    }

    @Test func noSecretStandsInTheEnvironment() throws {
        for role in Role.allCases {
            let container = try Self.container(role)
            for (name, value) in container.secrets {
                #expect(value.references.map(\.output) == ["arn"], "\(name)")
            }
        }
    }

    @Test func healthIsLivenessOfTheRolesOwnPort() throws {
        #expect(
            try Self.container(.confirm).healthCheck?.command == [
                "/usr/local/bin/tickctl", "health", "--port", "3000", "--path", "/confirm/health",
            ])
        // The worker serves nothing but its metrics.
        #expect(
            try Self.container(.worker).healthCheck?.command == [
                "/usr/local/bin/tickctl", "health", "--port", "9464", "--path", "/metrics",
            ])
    }

    @Test func theStacksFileAddsToTheEnvironmentAndOverridesIt() throws {
        var stack = Stack()
        stack.tasks.environment = ["LOG_LEVEL": "debug", "EXTRA": "1"]
        let environment = try Self.container(.public, stack).environment
        #expect(environment["LOG_LEVEL"] == "debug" && environment["EXTRA"] == "1")
        #expect(environment["PORT"] == "3000")
    }

    @Test func tracingAddsTheDaemonWithinTheTasksSize() throws {
        var stack = Stack()
        stack.tasks.tracing = true
        let definition = try Self.definition(.worker, stack)
        #expect(definition.containers.map(\.name) == ["worker", "xray"])
        #expect(definition.containers.map(\.cpu).reduce(0, +) == stack.tasks.cpu)
        #expect(definition.containers.map(\.memoryMiB).reduce(0, +) == stack.tasks.memoryMiB)
        #expect(definition.containers[1].isEssential == false)
    }

    @Test func theArchitectureIsTheImagesUnlessTheStackSays() throws {
        #expect(try Self.definition(.public).architecture == "X86_64")
        var stack = Stack()
        stack.tasks.architecture = .arm64
        #expect(try Self.definition(.public, stack).architecture == "ARM64")
    }
}
