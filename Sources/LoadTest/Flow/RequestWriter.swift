internal import NIOCore

/// The requests of the contract, as bytes. What is put into them needs no escaping: identifiers are checked before.
struct RequestWriter: Sendable {
    let endpoint: Endpoint
    private let tail: String

    init(_ endpoint: Endpoint) {
        self.endpoint = endpoint
        tail = " HTTP/1.1\r\nHost: \(endpoint.authority)\r\n"
    }

    func get(_ target: String) -> ByteBuffer { ByteBuffer(string: "GET \(endpoint.prefix)\(target)\(tail)\r\n") }

    func post(_ target: String, _ body: String, headers: String = "") -> ByteBuffer {
        ByteBuffer(
            string: "POST \(endpoint.prefix)\(target)\(tail)Content-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")
    }
}
