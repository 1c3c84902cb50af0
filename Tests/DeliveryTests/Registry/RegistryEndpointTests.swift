import Testing

@testable import Delivery

struct RegistryEndpointTests {
    @Test(
        "an endpoint is scheme, host and port",
        arguments: [
            ("http://127.0.0.1:5000", "http://127.0.0.1:5000", "127.0.0.1:5000", true),
            ("https://registry.example.com/", "https://registry.example.com", "registry.example.com", true),
            (
                "123.dkr.ecr.eu-west-1.amazonaws.com", "https://123.dkr.ecr.eu-west-1.amazonaws.com",
                "123.dkr.ecr.eu-west-1.amazonaws.com", true
            ),
            ("http://registry.example.com", "http://registry.example.com", "registry.example.com", false),
            ("http://localhost:1", "http://localhost:1", "localhost:1", true),
        ])
    func accepted(text: String, url: String, host: String, isPrivate: Bool) throws {
        let endpoint = try RegistryEndpoint(text)
        #expect(endpoint.url == url)
        #expect(endpoint.host == host)
        #expect(endpoint.isPrivate == isPrivate)
    }

    @Test(
        "anything else is refused, without repeating what may hold a password",
        arguments: [
            "", "ftp://x", "https://", "https://user:sesame@x", "https://x/v2", "https://x?sesame", "http://a b",
        ])
    func refused(text: String) {
        let error = #expect(throws: DeliveryError.self) { try RegistryEndpoint(text) }
        #expect(error?.code == .nameInvalid)
        #expect(error.map { "\($0)".contains("sesame") } == false)
    }

    @Test("credentials go to the same origin only")
    func origin() throws {
        let endpoint = try RegistryEndpoint("http://127.0.0.1:5000")
        #expect(endpoint.isOrigin(of: "http://127.0.0.1:5000/v2/"))
        #expect(!endpoint.isOrigin(of: "http://127.0.0.1:50001/v2/"))
        #expect(!endpoint.isOrigin(of: "https://127.0.0.1:5000/v2/"))
        #expect(endpoint.resolve("/v2/x?y=1") == "http://127.0.0.1:5000/v2/x?y=1")
        #expect(endpoint.resolve("https://store.example.com/z") == "https://store.example.com/z")
    }

    @Test("a password shows in no description")
    func redacted() {
        let credentials = RegistryCredentials(user: "AWS", password: "sesame")
        var dumped = ""
        dump(credentials, to: &dumped)
        #expect(!("\(credentials)" + String(reflecting: credentials) + dumped).contains("sesame"))
        #expect(credentials.basic == "Basic QVdTOnNlc2FtZQ==")
    }
}
