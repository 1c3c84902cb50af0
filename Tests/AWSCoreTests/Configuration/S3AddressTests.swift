import CurlTransport
import Foundation
import TestSupport
import Testing

@testable import AWSCore

private struct GetThing: AWSOperation {
    static let service = AWSService(name: "s3", wire: .restXML)

    struct Output: AWSBodyOutput {
        var body: [UInt8]
    }

    var address: S3Address

    enum CodingKeys: CodingKey {}

    var rest: AWSRESTRequest { AWSRESTRequest(method: "GET", s3: address) }
}

@Suite struct S3AddressTests {
    private func url(_ bucket: String, _ key: String?, endpoint: String?, region: String = "ap-northeast-1") throws
        -> String
    {
        try EndpointResolver(url: endpoint).endpoint(
            of: GetThing.service, region: region, s3: S3Address(bucket: bucket, key: key)
        ).url
    }

    @Test func theBucketIsInTheHostAtAWSAndInThePathElsewhere() throws {
        #expect(try url("b-1", nil, endpoint: nil) == "https://b-1.s3.ap-northeast-1.amazonaws.com/")
        #expect(try url("b-1", "runs/1", endpoint: nil) == "https://b-1.s3.ap-northeast-1.amazonaws.com/runs/1")
        #expect(
            try url("b-1", nil, endpoint: nil, region: "cn-north-1") == "https://b-1.s3.cn-north-1.amazonaws.com.cn/")
        #expect(try url("b-1", nil, endpoint: "http://127.0.0.1:4566/") == "http://127.0.0.1:4566/b-1")
        #expect(try url("b-1", "runs/1", endpoint: "http://127.0.0.1:4566") == "http://127.0.0.1:4566/b-1/runs/1")
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html: every byte but the unreserved and
    /// the slash, once; dots and empty segments stay.
    @Test func aKeyIsEncodedOnceAndNotNormalised() async throws {
        let harness = Harness { _, _ in HTTPResponse(200, "x") }
        _ = try await harness.client.send(
            GetThing(address: S3Address(bucket: "b-1", key: "a b/../c//é%+$~.json")), region: Harness.region)
        let request = try #require(harness.transport.requests.first)
        #expect(request.url == "http://endpoint.test/b-1/a%20b/../c//%C3%A9%25%2B%24~.json")
        // What is signed is what is sent.
        let signer = SigV4(credentials: Harness.credentials, region: Harness.region, service: "s3")
        let signed = signer.sign(HTTPRequest(method: "GET", url: request.url), date: harness.clock.date)
        #expect(request.headers["Authorization"] == signed.headers["Authorization"])
        #expect(
            request.headers["x-amz-content-sha256"]
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test(arguments: [
        "", "ab", String(repeating: "a", count: 64), "UPPER", "a_b", "a.b", "evil/x", "a@b", "-ab", "ab-", "a b", "äbc",
    ])
    func whatCannotBeABucketIsNoHost(bucket: String) {
        let error = #expect(throws: AWSError.self) { try url(bucket, nil, endpoint: nil) }
        #expect(error?.code == "InvalidBucketName")
    }

    /// An empty key would address the bucket: a PUT would make one.
    @Test(arguments: ["", String(repeating: "k", count: 1025)])
    func aKeyWithoutALengthIsRefused(key: String) {
        let error = #expect(throws: AWSError.self) { try url("b-1", key, endpoint: nil) }
        #expect(error?.code == "InvalidKey")
    }

    @Test(arguments: [301, 307])
    func aBucketElsewhereIsAnErrorThatSaysWhere(status: Int) async throws {
        let harness = Harness { _, _ in
            HTTPResponse(status: status, headers: ["x-amz-bucket-region": "eu-west-1", "Location": "http://elsewhere"])
        }
        let error = await #expect(throws: AWSError.self) {
            try await harness.client.send(GetThing(address: S3Address(bucket: "b-1")), region: Harness.region)
        }
        #expect(error?.code == (status == 301 ? "PermanentRedirect" : "TemporaryRedirect"))
        #expect(error?.message.contains("the bucket is in eu-west-1: ask there") == true)
        #expect(harness.transport.requests.count == 1)
    }
}
