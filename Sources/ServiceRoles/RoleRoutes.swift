public import HTTPServer
internal import Ticketing

/// The routes of the roles that run in this process: table beside the endpoints, nothing else.
public struct RoleRoutes: Sendable {
    public var routes: [Route]
    public var contract: Contract

    /// - Parameter roles: those with an HTTP service.
    /// - Throws: when the embedded contract is unusable: a bug of this binary.
    public init(_ roles: Set<HTTPRole>, context: RoleContext) throws {
        contract = try Contract(tags: Set(roles.map(\.rawValue)).union(["contract"]))
        routes = Self.contractRoutes(contract)
        if roles.contains(.public) { routes += Self.publicRoutes(context) }
        if roles.contains(.confirm) { routes += Self.confirmRoutes(context) }
    }

    /// A role that answers HTTP.
    public enum HTTPRole: String, Sendable, CaseIterable {
        case `public`
        case confirm
    }

    private static func publicRoutes(_ context: RoleContext) -> [Route] {
        let answers = AnswerCache(now: context.now)
        let (health, ping) = (Health(context: context), Ping(context: context))
        let ready = Ready(context: context, probes: [.holds(context), .ledger(context), .cache(context)])
        let roomStatus = RoomStatus(context: context)
        let (summary, seats) = (SectionSummary(context: context), SeatMap(context: context))
        return [
            Route(.get, "/public/health", operationID: "publicHealth", immediate { health($0) }),
            Route(.get, "/public/ready", operationID: "publicReady", answering { await ready($0) }),
            Route(.get, "/public/ping", operationID: "publicPing", immediate { ping($0) }),
            Route(
                .post, "/public/enter", operationID: "enterRoom", accepts: .json,
                answering(EnterRoom(context: context).callAsFunction)),
            Route(
                .get, "/public/room-status", operationID: "roomStatus",
                .either(
                    { request in isTraced(request) ? nil : attempt { try roomStatus.immediate(request) } },
                    else: answer(roomStatus.callAsFunction))),
            Route(
                .get, "/public/summary/{event}/{section}", operationID: "sectionSummary",
                .either(
                    { isTraced($0) ? nil : answers.immediate($0).map(SynchronousAnswer.rendered) },
                    else: answer { try await answers.respond($0, summary.callAsFunction) })),
            Route(
                .get, "/public/seats/{eventId}", operationID: "seatMap",
                .either(
                    { isTraced($0) ? nil : answers.immediate($0).map(SynchronousAnswer.rendered) },
                    else: answer { try await answers.respond($0, seats.callAsFunction) })),
            Route(
                .post, "/public/hold", operationID: "holdSeats", accepts: .json,
                answering(measured(context, HoldSeats(context: context).callAsFunction))),
            Route(
                .post, "/public/release", operationID: "releaseSeats", accepts: .json,
                answering(ReleaseSeats(context: context).callAsFunction)),
        ]
    }

    private static func confirmRoutes(_ context: RoleContext) -> [Route] {
        let health = Health(context: context)
        let ready = Ready(context: context, probes: [.holds(context), .ledger(context), .queue(context)])
        return [
            Route(.get, "/confirm/health", operationID: "confirmHealth", immediate { health($0) }),
            Route(.get, "/confirm/ready", operationID: "confirmReady", answering { await ready($0) }),
            Route(
                .post, "/confirm/payment-intent", operationID: "createPaymentIntent", accepts: .json,
                answering(measured(context, CreatePaymentIntent(context: context).callAsFunction))),
            Route(
                .post, "/confirm/payment-callback", operationID: "paymentCallback", accepts: .json,
                answering(PaymentCallback(context: context).callAsFunction)),
            Route(
                .post, "/confirm/commit", operationID: "commitOrder", accepts: .json,
                answering(measured(context, CommitPurchase(context: context).callAsFunction))),
            Route(
                .get, "/confirm/status", operationID: "orderStatus",
                answering(OrderStatus(context: context).callAsFunction)),
        ]
    }

    private static func contractRoutes(_ contract: Contract) -> [Route] {
        func page(_ type: String, _ text: String) -> Route.Handler {
            let rendered = RenderedResponse(
                HTTPResponse(
                    status: 200,
                    headers: [
                        ("Content-Type", type), ("Cache-Control", "public, max-age=60"),
                        (
                            "Content-Security-Policy",
                            "default-src 'self'; img-src data:; script-src 'unsafe-inline'; style-src 'unsafe-inline'"
                        ),
                    ], text: text))
            return .synchronous { _ in .rendered(rendered) }
        }
        return [
            Route(.get, "/openapi.yaml", operationID: "openapiYAML", page("application/yaml", contract.yaml)),
            Route(.get, "/openapi.json", operationID: "openapiJSON", page("application/json", contract.json)),
            Route(.get, "/docs", operationID: "docs", page("text/html; charset=utf-8", contract.page)),
        ]
    }
}
