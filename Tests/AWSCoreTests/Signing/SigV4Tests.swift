import CurlTransport
import Foundation
import Testing

@testable import AWSCore

/// AWS's published examples.
@Suite struct SigV4Tests {
    /// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html, "get-vanilla".
    @Test func signsThePlainGET() throws {
        let signer = SigV4(
            credentials: AWSCredentials(
                accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            region: "us-east-1", service: "service")
        let request = HTTPRequest(method: "GET", url: "https://example.amazonaws.com/")
        let signed = signer.sign(request, date: Date(timeIntervalSince1970: 1_440_938_160))
        #expect(
            signed.headers.fields.map { "\($0.name): \($0.value)" } == [
                "X-Amz-Date: 20150830T123600Z",
                "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
                    + "SignedHeaders=host;x-amz-date, "
                    + "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ])
    }

    private let s3 = SigV4(
        credentials: AWSCredentials(
            accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        region: "us-east-1", service: "s3")
    private let s3Date = Date(timeIntervalSince1970: 1_369_353_600)

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, "GET Object".
    @Test func signsTheObjectRange() throws {
        let request = HTTPRequest(
            method: "GET", url: "https://examplebucket.s3.amazonaws.com/test.txt", headers: ["Range": "bytes=0-9"])
        let authorization = try #require(s3.sign(request, date: s3Date).headers["Authorization"])
        #expect(authorization.contains("SignedHeaders=host;range;x-amz-content-sha256;x-amz-date"))
        #expect(authorization.hasSuffix("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"))
    }

    /// The same page: "PUT Object", "GET Bucket Lifecycle", "Get Bucket (List Objects)".
    @Test func signsAPutASettingAndAListing() throws {
        func signature(_ method: String, _ target: String, _ headers: HTTPHeaders = [:], _ body: String = "") -> String?
        {
            let request = HTTPRequest(
                method: method, url: "https://examplebucket.s3.amazonaws.com/" + target, headers: headers,
                body: .bytes(Array(body.utf8)))
            return s3.sign(request, date: s3Date).headers["Authorization"]?.split(separator: "=").last.map(String.init)
        }
        let headers: HTTPHeaders = [
            "Date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY",
        ]
        #expect(
            signature("PUT", "test%24file.text", headers, "Welcome to Amazon S3.")
                == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
        #expect(
            signature("GET", "?lifecycle=") == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")
        #expect(
            signature("GET", "?max-keys=2&prefix=J")
                == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html.
    @Test func presignsTheObject() {
        let request = HTTPRequest(method: "GET", url: "https://examplebucket.s3.amazonaws.com/test.txt")
        #expect(
            s3.presign(request, date: s3Date, lifetime: .seconds(86400))
                == "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
                + "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
                + "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
                + "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")
    }

    @Test func signingAgainReplacesTheOldSignature() {
        let request = HTTPRequest(method: "GET", url: "https://example.amazonaws.com/")
        let once = s3.sign(request, date: s3Date)
        #expect(s3.sign(once, date: s3Date).headers == once.headers)
    }

    @Test func aFileIsSignedByItsDigest() {
        let bytes = HTTPRequest(method: "PUT", url: "https://b.test/k", body: .bytes(Array("abc".utf8)))
        var file = bytes
        file.body = .file(path: "/unread", offset: 0, length: 3)
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(
            s3.sign(file, date: s3Date, payload: .digest(digest)).headers == s3.sign(bytes, date: s3Date).headers)
    }
}

@Suite struct AWSCredentialsTests {
    @Test func noPrintingShowsTheSecret() {
        let credentials = AWSCredentials(
            accessKeyID: "AKIDEXAMPLE", secretAccessKey: "planted-secret", sessionToken: "planted-token")
        var dumped = ""
        dump(["x": [credentials]], to: &dumped)
        dump(StaticCredentials(credentials), to: &dumped)
        dump(SigV4(credentials: credentials, region: "r", service: "s"), to: &dumped)
        let texts = [
            dumped, "\(credentials)", String(reflecting: credentials), "\([credentials])",
            "\(Optional(credentials) as Any)",
            String(describing: SigV4(credentials: credentials, region: "r", service: "s")),
        ]
        for text in texts {
            #expect(!text.contains("planted"), "\(text)")
            #expect(text.contains("AKIDEXAMPLE"))
        }
    }
}
