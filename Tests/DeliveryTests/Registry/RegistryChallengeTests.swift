import Testing

@testable import Delivery

struct RegistryChallengeTests {
    @Test("challenges are read as RFC 9110 writes them")
    func parsed() {
        #expect(
            RegistryChallenge.parse(#"Bearer realm="https://auth.example.com/token",service="a, b",scope="x\"y""#) == [
                RegistryChallenge(
                    scheme: "bearer",
                    parameters: ["realm": "https://auth.example.com/token", "service": "a, b", "scope": "x\"y"])
            ])
        #expect(
            RegistryChallenge.parse(#"Basic Realm=simple, Bearer realm="r""#) == [
                RegistryChallenge(scheme: "basic", parameters: ["realm": "simple"]),
                RegistryChallenge(scheme: "bearer", parameters: ["realm": "r"]),
            ])
        #expect(RegistryChallenge.parse("Negotiate") == [RegistryChallenge(scheme: "negotiate")])
    }

    @Test(
        "what does not parse ends the list and traps nowhere",
        arguments: ["", ",", "=", "\"", "Basic =\"", "Basic realm=\"open", "Basic realm=\"\\", ", ,=,Basic", "a=b"])
    func malformed(field: String) {
        #expect(RegistryChallenge.parse(field).count <= 1)
    }
}
