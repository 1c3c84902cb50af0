import Foundation
import Testing
import Ticketing

@Suite struct RoleDeclarationTests {
    /// The grants of `docs/stack.md`'s step 02, spelled out: a role that gains or loses an action changes this table.
    @Test func eachRoleIsGrantedItsTableAndNothingElse() {
        let secret = "databaseSecret: secretsmanager:GetSecretValue"
        let tracing = "any: xray:PutTelemetryRecords xray:PutTraceSegments"
        let holds =
            "seatLockTable: dynamodb:BatchGetItem dynamodb:ConditionCheckItem dynamodb:DeleteItem dynamodb:GetItem "
            + "dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem"
        #expect(grants(of: .public) == [holds, secret, tracing])
        #expect(
            grants(of: .confirm) == [
                holds, "unsentCommitIndex: dynamodb:Query", "commitQueue: sqs:SendMessage", secret, tracing,
            ])
        #expect(
            grants(of: .worker) == [
                "seatLockTable: dynamodb:BatchGetItem dynamodb:ConditionCheckItem dynamodb:DeleteItem dynamodb:GetItem "
                    + "dynamodb:PutItem dynamodb:UpdateItem",
                "commitQueue: sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:ReceiveMessage",
                secret, tracing,
            ])
    }

    private func grants(of role: Role) -> [String] {
        role.declaration.grants.map { "\($0.resource.rawValue): \($0.actions.joined(separator: " "))" }
    }

    @Test func onlyTheServingRolesHaveAPort() {
        #expect(Role.allCases.map(\.declaration.port) == [3000, 3000, nil])
        #expect(Role.allCases.map(\.declaration.healthPath) == ["/public/health", "/confirm/health", nil])
        #expect(Role.allCases.map(\.declaration.readyPath) == ["/public/ready", "/confirm/ready", nil])
        #expect(Role.allCases.map(\.declaration.command.last) == ["public", "confirm", "worker"])
    }

    @Test(arguments: Role.allCases)
    func noNameIsDeclaredTwiceAndNoSecretIsAPlainVariable(role: Role) {
        let declaration = role.declaration
        let names = declaration.environment.map(\.name) + declaration.secrets.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(
            declaration.environment.allSatisfy {
                !["REDIS_AUTH", "ROOM_TOKEN_KEY", "WEBHOOK_SECRET"].contains($0.name)
            })
        #expect(declaration.secrets.allSatisfy { $0.resource != .databaseSecret })
    }

    @Test func onlyWhatNothingElseReliesOnMayBeSetByAnOperator() {
        let everywhere = [
            "AWS_XRAY_DAEMON_ADDRESS", "AWS_XRAY_SDK_ENABLED", "DATABASE_SSLMODE", "LOG_LEVEL", "METRICS_EMF",
            "SHUTDOWN_GRACE", "XRAY_SAMPLE_RATE",
        ]
        let open = Role.allCases.map { role in
            role.declaration.environment.filter { $0.source != .unset }.map(\.name)
                .filter { !role.declaration.reservedNames.contains($0) }.sorted()
        }
        #expect(
            open == [
                (everywhere + [
                    "HOLD_SECONDS", "ROOM_ADMISSION_SECONDS", "ROOM_BURST", "ROOM_RATE", "USER_REQUESTS_PER_SECOND",
                ]).sorted(),
                (everywhere + [
                    "CONFIRM_REQUIRE_PAYMENT", "CONFIRM_REQUIRE_ROOM_TOKEN", "USER_REQUESTS_PER_SECOND",
                ]).sorted(),
                (everywhere + ["CONFIRM_REQUIRE_PAYMENT", "QUEUE_VISIBILITY_SECONDS", "WORKER_LOOPS"]).sorted(),
            ])
        #expect(Role.confirm.declaration.reservedNames.isSuperset(of: ["WEBHOOK_SECRET", "ROOM_TOKEN_KEY", "PORT"]))
    }

    @Test func aDeclarationSurvivesJSON() throws {
        let declarations = Role.allCases.map(\.declaration)
        let data = try JSONEncoder().encode(declarations)
        #expect(try JSONDecoder().decode([RoleDeclaration].self, from: data) == declarations)
    }
}
