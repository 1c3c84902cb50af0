internal import HTTPServer
internal import Ticketing

/// `GET /<role>/health`: the process lives. Says nothing of the backends, whose outage is no reason to be restarted.
struct Health {
    let context: RoleContext

    private struct Body: Encodable {
        var ok = true
        var ts: Int64
    }

    func callAsFunction(_ request: HTTPRequest) -> HTTPResponse {
        .json(status: 200, headers: noStore, Body(ts: context.now().milliseconds))
    }
}

/// `GET /public/ping`: who answers, and when.
struct Ping {
    let context: RoleContext

    private struct Body: Encodable {
        var service = "public"
        var ts: Int64
    }

    func callAsFunction(_ request: HTTPRequest) -> HTTPResponse {
        .json(status: 200, headers: noStore, Body(ts: context.now().milliseconds))
    }
}

let noStore = [("Cache-Control", "no-store")]
