import CMalloc
import Foundation
import HTTPServer
import Logging
import Metrics
import NIOCore
import NIOPosix
import Observability
import ServiceLifecycle
import ServiceRoles
import Ticketing
import UnixSignals

/// The services of one process, from the first socket to the last log line.
struct Serving {
    var roles: Set<Role>
    var settings: ServiceSettings
    var environment: [String: String]
    var host: String?
    var port: Int
    var metricsPort: Int
    var folder: String

    private var name: String { roles.count == Role.allCases.count ? "all" : roles.map(\.rawValue).sorted().joined() }

    /// Serves until SIGTERM or SIGINT, and then until what was accepted is finished.
    func run() async throws {
        boundMemory()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: Self.eventLoopCount)
        var configured = settings.telemetry
        configured.role = name
        let telemetry = try await Telemetry(
            configured, group: group,
            descriptions: RoleMetrics.descriptions, emf: RoleMetrics.cloudWatch)
        telemetry.bootstrap()
        let stores = try await ServiceStores(settings, environment: environment, folder: folder, group: group)
        let context = RoleContext(
            backends: stores.backends, settings: settings.roles, keys: try keys(), logger: telemetry.logger)

        let host = host ?? (stores.isWhollyEmbedded ? "127.0.0.1" : "0.0.0.0")
        var services: [any Service] = [LoopService { await telemetry.run() }]
        let metrics = metricsServer(telemetry, host: host, group: group)
        services.append(ServerService(server: metrics, grace: .seconds(1)) {})

        services.append(EndingService { await context.drainOutbox() })
        let server = try httpServer(context, host: host, group: group)
        if server != nil {
            let instance = ProcessInfo.processInfo.hostName + ":" + String(ProcessInfo.processInfo.processIdentifier)
            services.append(LoopService { try await context.runRooms(instance: instance) })
        }
        if roles.contains(.confirm) {
            services.append(LoopService { try await RepairLoop(context).run() })
        }
        if roles.contains(.worker) {
            services.append(LoopService { try await QueueGauges(context).run() })
            services.append(LoopService { try await RetentionLoop(context).run() })
            services.append(LoopService { try await WorkerLoop(context).run() })
        }
        if let server {
            services.append(ServerService(server: server, grace: settings.grace) { context.beginDraining() })
        }
        let logger = telemetry.logger
        services.append(LastResort(patience: settings.grace + .seconds(5), logger: logger))
        // From within the group: a signal is caught by now, so that whoever reaches a port may stop the process.
        services.append(
            BeginningService {
                try await metrics.start()
                try await server?.start()
                announce(stores, host: host, port: server?.port, metricsPort: metrics.port)
                logger.notice(
                    "serving", metadata: ["port": "\(server?.port ?? 0)", "metrics_port": "\(metrics.port)"])
            })

        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint],
            logger: telemetry.logger)
        configuration.maximumGracefulShutdownDuration = settings.grace + .seconds(3)
        try await ServiceGroup(configuration: configuration).run()

        await stores.close()
        telemetry.logger.notice("stopped")
        await telemetry.shutdown()
        // Else they end with the process: a handler that outlived the grace still runs on them.
        if !metrics.isBusy, server?.isBusy != true { try? await group.shutdownGracefully() }
    }

    /// glibc gives up to eight arenas a core to threads, and each keeps what once was the most it needed: a catalogue read
    /// anew, now on this thread and now on that, would grow the process for hours.
    private func boundMemory() {
        #if os(Linux)
            mallopt(M_ARENA_MAX, 2)
        #endif
    }

    /// One for each core this process may use: what a container is given, and no more than its affinity allows.
    private static var eventLoopCount: Int { min(System.coreCount, ProcessInfo.processInfo.activeProcessorCount) }

    private func keys() throws -> RoleKeys {
        // A role of a deployment shares its keys with the others; they come from the environment then.
        let data = try settings.roomKey == nil || settings.webhookSecret == nil ? DataFolder(path: folder) : nil
        return RoleKeys(
            room: try settings.roomKey ?? data?.key("room-token-key") ?? [],
            webhook: try settings.webhookSecret ?? data?.key("webhook-secret") ?? [])
    }

    private func httpServer(
        _ context: RoleContext, host: String, group: MultiThreadedEventLoopGroup
    ) throws -> HTTPServer? {
        let http = Set(roles.compactMap { RoleRoutes.HTTPRole(rawValue: $0.rawValue) })
        guard !http.isEmpty else { return nil }
        let routes = try RoleRoutes(http, context: context).routes
        var configuration = HTTPServerConfiguration(host: host, port: port)
        configuration.drainGrace = settings.grace
        return HTTPServer(
            configuration, router: Router(routes), observer: RequestObserver(routes, logger: context.log),
            eventLoopGroup: group)
    }

    private func metricsServer(
        _ telemetry: Telemetry, host: String, group: MultiThreadedEventLoopGroup
    ) -> HTTPServer {
        let text = telemetry.metricsText
        let route = Route(
            .get, "/metrics", operationID: "metrics",
            .asynchronous { _ in
                HTTPResponse(status: 200, headers: [("Content-Type", text.contentType)], bytes: text.render())
            })
        var configuration = HTTPServerConfiguration(host: host, port: metricsPort)
        configuration.limits.connections = 64
        return HTTPServer(configuration, router: Router([route]), eventLoopGroup: group)
    }

    /// For whoever started it by hand; the log has the same as a line of JSON.
    private func announce(_ stores: ServiceStores, host: String, port: Int?, metricsPort: Int) {
        let shown = host == "0.0.0.0" ? "127.0.0.1" : host
        var text = "tickctl \(Tickctl.version): "
        if let port {
            text += "serving \(name) on http://\(shown):\(port) (try /docs), "
        } else {
            text += "working as \(name), "
        }
        text += "metrics on http://\(shown):\(metricsPort)/metrics\n"
        if stores.isWhollyEmbedded {
            text +=
                "nothing is configured: everything is in one SQLite file, \(folder)/tickctl.sqlite, with the demo event "
                + "\(EventCatalogue.demo.event.id); DATABASE_URL, REDIS_URL, DDB_TABLE and SQS_URL choose real stores\n"
        } else {
            text += stores.summary.map { "  \($0)\n" }.joined()
        }
        Terminal.standardError(text)
    }
}

/// A server as a service: on the way down it finishes what it accepted.
private struct ServerService: Service {
    let server: HTTPServer
    let grace: Duration
    let begin: @Sendable () -> Void

    init(server: HTTPServer, grace: Duration, begin: @escaping @Sendable () -> Void) {
        self.server = server
        self.grace = grace
        self.begin = begin
    }

    func run() async throws {
        try await gracefulShutdown()
        begin()
        await server.shutdown(grace: grace)
    }
}

/// A loop that ends when it is cancelled.
private struct LoopService: Service {
    let loop: @Sendable () async throws -> Void

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await loop() }
        } catch is CancellationError {
            return
        }
        try? await gracefulShutdown()
    }
}

/// What is done at the start; what it throws ends the group.
private struct BeginningService: Service {
    let begin: @Sendable () async throws -> Void

    func run() async throws {
        try await begin()
        try? await gracefulShutdown()
    }
}

/// Ends the process when something does not: better a few deliveries twice than a platform that has to kill it.
private struct LastResort: Service {
    let patience: Duration
    let logger: Logger

    func run() async throws {
        try? await gracefulShutdown()
        let seconds = Double(patience.components.seconds)
        DispatchQueue.global().asyncAfter(deadline: .now() + seconds) {
            logger.critical("not stopped in time, given up", metadata: ["seconds": "\(Int(seconds))"])
            Foundation.exit(ExitStatus.failure.rawValue)
        }
    }
}

/// What is done on the way down.
private struct EndingService: Service {
    let end: @Sendable () async -> Void

    func run() async throws {
        try? await gracefulShutdown()
        await end()
    }
}
