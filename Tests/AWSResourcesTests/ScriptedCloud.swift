import AWSCore
import AWSResources
import CurlTransport
import Foundation
import Provisioning
import Synchronization
import TestSupport

/// An account that answers by a script: for each action its answers in order, the last one again and again.
struct ScriptedCloud {
    struct Answer: Sendable {
        var status: Int
        var body: String

        static func json(_ body: String) -> Answer { Answer(status: 200, body: body) }

        /// A refusal of a JSON service.
        static func refusal(_ code: String, _ message: String = "") -> Answer {
            Answer(status: 400, body: "{\"__type\":\"\(code)\",\"message\":\"\(message)\"}")
        }

        /// A refusal of a Query service.
        static func queryRefusal(_ code: String) -> Answer {
            Answer(
                status: 404,
                body: "<ErrorResponse><Error><Type>Sender</Type><Code>\(code)</Code><Message>m</Message></Error>"
                    + "<RequestId>1</RequestId></ErrorResponse>")
        }
    }

    let transport: ScriptedTransport
    let cloud: AWSCloud

    /// An action without a script is answered with an error that names it.
    init(_ script: [String: [Answer]], images: (any ImagePublisher)? = nil) {
        let used = Mutex<[String: Int]>([:])
        let transport = ScriptedTransport { request, _ in
            let action = Self.action(of: request)
            guard let answers = script[action], !answers.isEmpty else {
                return HTTPResponse(400, "{\"__type\":\"Unscripted\",\"message\":\"\(action)\"}")
            }
            let number = used.withLock { used in
                used[action, default: -1] += 1
                return used[action, default: 0]
            }
            let answer = answers[min(number, answers.count - 1)]
            return HTTPResponse(answer.status, answer.body)
        }
        self.transport = transport
        cloud = AWSCloud(
            client: AWSClient(
                transport: transport,
                configuration: .init(
                    credentials: nil, endpoints: EndpointResolver(url: "http://127.0.0.1:1"))),
            account: "123456789012", images: images)
    }

    /// The actions called so far, in order.
    var actions: [String] { transport.requests.map(Self.action) }

    /// The body of the last call of `action`, as JSON.
    func body(of action: String) -> [String: Any]? {
        guard let request = transport.requests.last(where: { Self.action(of: $0) == action }) else { return nil }
        return try? JSONSerialization.jsonObject(with: Data(request.bodyText.utf8)) as? [String: Any]
    }

    /// A scope for the resource `id` of the stack "ticket".
    func scope(
        _ id: String, region: String = "ap-northeast-1", values: Values = Values()
    ) -> Scope<AWSCloud> {
        Scope(
            cloud: cloud, node: NodeID(region: region, name: id), tags: Self.tags(id), values: values, notBefore: .now)
    }

    static func tags(_ id: String) -> IdentityTags {
        IdentityTags(stack: "ticket", step: "02-cluster", id: id, name: "ticket-\(id)")
    }

    /// The tags of the resource `id` as a JSON list.
    static func tagList(_ id: String, key: String = "key", value: String = "value") -> String {
        let pairs = tags(id).all.sorted { $0.key < $1.key }.map {
            "{\"\(key)\":\"\($0.key)\",\"\(value)\":\"\($0.value)\"}"
        }
        return "[\(pairs.joined(separator: ","))]"
    }

    private static func action(of request: HTTPRequest) -> String {
        if let target = request.headers["X-Amz-Target"] { return String(target.split(separator: ".").last ?? "") }
        let fields = request.bodyText.split(separator: "&")
        return fields.first { $0.hasPrefix("Action=") }.map { String($0.dropFirst("Action=".count)) } ?? request.method
    }
}
