import CurlTransport
import Foundation
import Testing

@testable import AWSCore

/// Kept keys change nothing about the signatures.
@Suite struct SigningKeysTests {
    private func authorization(
        _ keys: SigningKeys?, secret: String, region: String, service: String, day: TimeInterval
    ) -> String? {
        let credentials = AWSCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: secret)
        return SigV4(credentials: credentials, region: region, service: service, keys: keys).sign(
            HTTPRequest(method: "POST", url: "http://endpoint.test/", body: .bytes([1, 2, 3])),
            date: Date(timeIntervalSince1970: 1_700_000_000 + day * 86_400)
        ).headers["Authorization"]
    }

    @Test func everySecretDayRegionAndServiceHasItsOwn() {
        let keys = SigningKeys()
        var seen: Set<String> = []
        // Twice: the second time from what was kept.
        for _ in 1...2 {
            for secret in ["a", "b"] {
                for region in ["ap-northeast-1", "ap-northeast-2"] {
                    for service in ["dynamodb", "sqs"] {
                        for day in [0.0, 1] {
                            let kept = authorization(keys, secret: secret, region: region, service: service, day: day)
                            #expect(
                                kept == authorization(nil, secret: secret, region: region, service: service, day: day))
                            if let kept { seen.insert(kept) }
                        }
                    }
                }
            }
        }
        #expect(seen.count == 16)
    }

    @Test func theyAreForgottenBeforeTheyAreMany() {
        let keys = SigningKeys()
        for day in 0..<200 {
            let kept = authorization(keys, secret: "a", region: "r", service: "s", day: Double(day))
            #expect(kept == authorization(nil, secret: "a", region: "r", service: "s", day: Double(day)))
        }
        #expect(keys.count <= 64)
    }
}
