import Testing

@testable import Delivery

struct ImageReferenceTests {
    private static let digest = "sha256:" + String(repeating: "0a", count: 32)

    @Test(
        "a reference is an endpoint, a repository, and a tag or digest",
        arguments: [
            ("127.0.0.1:5000/ticket-public:v1", "http://127.0.0.1:5000", "ticket-public", "v1"),
            ("localhost/a/b", "http://localhost", "a/b", "latest"),
            ("r.example.com/a:v1@\(digest)", "https://r.example.com", "a", digest),
            ("r.example.com:443/a@\(digest)", "https://r.example.com:443", "a", digest),
        ])
    func accepted(text: String, endpoint: String, repository: String, reference: String) throws {
        let image = try ImageReference(text)
        #expect(image.endpoint.url == endpoint)
        #expect(image.repository == repository)
        #expect(image.reference == reference)
    }

    @Test(
        "anything else is refused with an example",
        arguments: [
            "", "ticket", "folder/image", "r.example.com/", "r.example.com/a:", "r.example.com/a@sha256:12",
            "r.example.com/a:b:c", "/r.example.com/a", "u:p@r.example.com/a",
        ])
    func refused(text: String) {
        let error = #expect(throws: DeliveryError.self) { try ImageReference(text) }
        #expect(error?.code == .nameInvalid && error?.next.isEmpty == false)
    }

    @Test("an ECR endpoint names its region")
    func ecr() throws {
        #expect(
            try RegistryEndpoint("123456789012.dkr.ecr.ap-northeast-2.amazonaws.com").ecrRegion == "ap-northeast-2")
        #expect(
            try RegistryEndpoint("123456789012.dkr.ecr-fips.us-east-1.amazonaws.com").ecrRegion == "us-east-1")
        #expect(try RegistryEndpoint("dkr.ecr.example.com").ecrRegion == nil)
        #expect(try RegistryEndpoint("127.0.0.1:5000").ecrRegion == nil)
    }
}
