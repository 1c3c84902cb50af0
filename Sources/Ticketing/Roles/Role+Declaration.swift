extension Role {
    /// What this role needs: the single source of task definitions and policies.
    public var declaration: RoleDeclaration {
        switch self {
        case .public: publicDeclaration
        case .confirm: confirmDeclaration
        case .worker: workerDeclaration
        }
    }

    private typealias Variable = RoleDeclaration.Variable
    private typealias Secret = RoleDeclaration.Secret
    private typealias Grant = RoleDeclaration.Grant

    private var publicDeclaration: RoleDeclaration {
        RoleDeclaration(
            role: self, command: command, port: Self.servicePort, healthPath: "/public/health",
            readyPath: "/public/ready", metricsPort: Self.metricsPort,
            environment: serviceVariables + Self.roomVariables
                + [
                    Variable("HOLD_SECONDS", .literal("120"), purpose: "how long a hold lasts"), Self.userRateVariable,
                ] + Self.commonVariables + Self.databaseVariables(host: .databaseReaderHost),
            secrets: [Self.redisSecret, Self.roomKeySecret],
            grants: [Grant(.seatLockTable, actions: Self.holdActions), Self.databaseSecretGrant, Self.tracingGrant])
    }

    private var confirmDeclaration: RoleDeclaration {
        RoleDeclaration(
            role: self, command: command, port: Self.servicePort, healthPath: "/confirm/health",
            readyPath: "/confirm/ready", metricsPort: Self.metricsPort,
            environment: serviceVariables + Self.commonVariables
                + Self.databaseVariables(host: .databaseWriterHost) + [
                    Self.userRateVariable, Self.queueVariable, Self.paymentVariable,
                    Variable(
                        "CONFIRM_REQUIRE_ROOM_TOKEN", .literal("false"),
                        purpose: "true: a payment intent needs a valid x-room-token"),
                ],
            secrets: [
                Self.redisSecret, Self.roomKeySecret,
                Secret("WEBHOOK_SECRET", .webhookSecret, purpose: "HMAC key of the payment provider's callbacks"),
            ],
            grants: [
                Grant(.seatLockTable, actions: Self.holdActions),
                Grant(.unsentCommitIndex, actions: ["dynamodb:Query"]),
                Grant(.commitQueue, actions: ["sqs:SendMessage"]),
                Self.databaseSecretGrant, Self.tracingGrant,
            ])
    }

    private var workerDeclaration: RoleDeclaration {
        RoleDeclaration(
            role: self, command: command, port: nil, healthPath: nil, readyPath: nil, metricsPort: Self.metricsPort,
            environment: Self.commonVariables + Self.databaseVariables(host: .databaseWriterHost)
                + [
                    Self.queueVariable, Self.paymentVariable,
                    Variable(
                        "QUEUE_VISIBILITY_SECONDS", .literal("60"),
                        purpose: "how long a message in hand is hidden from other workers; a heartbeat prolongs it"),
                    Variable(
                        "WORKER_LOOPS", .literal("8"), purpose: "receives at once, each of up to 10 messages"),
                ],
            secrets: [Self.redisSecret],
            grants: [
                // Pinned seats become sold or free again; freed ones leave the item of their user's allowance.
                Grant(
                    .seatLockTable,
                    actions: [
                        "dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem", "dynamodb:DeleteItem",
                        "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem",
                    ]),
                Grant(
                    .commitQueue,
                    actions: [
                        "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes",
                        "sqs:ReceiveMessage",
                    ]),
                Self.databaseSecretGrant, Self.tracingGrant,
            ])
    }

    private var command: [String] { ["serve", "--role", rawValue] }

    private static let servicePort = 3000
    private static let metricsPort = 9464

    /// Item actions; TransactWriteItems is authorised by those of its parts
    /// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html).
    private static let holdActions = [
        "dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:GetItem",
        "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem",
    ]

    private static let databaseSecretGrant = Grant(.databaseSecret, actions: ["secretsmanager:GetSecretValue"])
    private static let tracingGrant = Grant(.any, actions: ["xray:PutTelemetryRecords", "xray:PutTraceSegments"])

    private static let redisSecret = Secret("REDIS_AUTH", .redisSecret, purpose: "AUTH token of Redis")
    private static let roomKeySecret = Secret(
        "ROOM_TOKEN_KEY", .roomKeySecret, purpose: "HMAC key of room tokens and ticket codes, 32 bytes or more")

    private var serviceVariables: [RoleDeclaration.Variable] {
        [Variable("PORT", .literal(String(Self.servicePort)), purpose: "port of the HTTP service")]
    }

    private static let commonVariables =
        [
            Variable("AWS_REGION", .region, purpose: "region of the table, the queue and the secrets"),
            Variable("DDB_TABLE", .seatLockTableName, purpose: "table of holds, pins and commit records"),
            Variable("LOG_LEVEL", .literal("info"), purpose: "trace, debug, info, notice, warning, error or critical"),
            Variable(
                "METRICS_EMF", .literal("false"),
                purpose: "true: the metrics go to the log too, in CloudWatch's embedded format"),
            Variable("METRICS_PORT", .literal(String(metricsPort)), purpose: "port of GET /metrics"),
            Variable("REDIS_URL", .redisURL, purpose: "cache and counters; correctness never depends on it"),
            Variable("SHUTDOWN_GRACE", .literal("25"), purpose: "seconds from SIGTERM to exit, under the stop timeout"),
            Variable(
                "AWS_XRAY_DAEMON_ADDRESS", .literal("127.0.0.1:2000"),
                purpose: "where the X-Ray daemon listens for UDP"),
            Variable("AWS_XRAY_SDK_ENABLED", .literal("true"), purpose: "false: no trace is recorded"),
            Variable(
                "XRAY_SAMPLE_RATE", .literal("0.05"),
                purpose: "share of the traces begun here that is recorded, beside the first of each second; 0 to 1"),
        ] + awsVariables

    /// A waiting room is made by who enters it first, with these; `tickctl room set` changes one that stands.
    private static let roomVariables = [
        Variable("ROOM_RATE", .literal("1000"), purpose: "admissions a second of a new waiting room"),
        Variable(
            "ROOM_BURST", .literal("2000"),
            purpose: "admissions at once after a quiet time; at least half of ROOM_RATE"),
        Variable("ROOM_ADMISSION_SECONDS", .literal("600"), purpose: "how long an admission lasts; 10 or more"),
    ]

    private static let userRateVariable = Variable(
        "USER_REQUESTS_PER_SECOND", .literal("100"), purpose: "of one user that are served by a process; 0: no bound")

    /// Of the roles that accept commits and that decide them.
    private static let paymentVariable = Variable(
        "CONFIRM_REQUIRE_PAYMENT", .literal("true"),
        purpose: "true: a commit needs an approved payment; where it is not set: if there is a WEBHOOK_SECRET")

    private static let queueVariable = Variable("SQS_URL", .commitQueueURL, purpose: "FIFO queue of committed orders")

    private static func databaseVariables(host: RoleDeclaration.Source) -> [RoleDeclaration.Variable] {
        [
            Variable("DATABASE_HOST", host, purpose: "host of PostgreSQL"),
            Variable("DATABASE_NAME", .databaseName, purpose: "database; ticket where it is not set"),
            Variable("DATABASE_PORT", .databasePort, purpose: "port of PostgreSQL; 5432 where it is not set"),
            Variable(
                "DATABASE_SECRET_ARN", .databaseSecretARN, purpose: "user and password, read at every sign-in"),
            Variable("DATABASE_SSLMODE", .literal("require"), purpose: "disable, prefer, require or verify-full"),
            Variable(
                "DATABASE_URL", .unset,
                purpose: "postgres://USER:PASSWORD@HOST:PORT/DATABASE, in place of all the other DATABASE_ variables"),
        ]
    }
}
