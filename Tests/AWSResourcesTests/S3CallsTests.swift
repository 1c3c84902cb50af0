import AWSCore
import AWSServices
import CurlTransport
import Foundation
import TestSupport
import Testing

/// What the calls of S3 are on the wire, and what their answers mean.
@Suite struct S3CallsTests {
    private static let region = "ap-northeast-1"

    private func client(_ answers: [HTTPResponse]) -> (AWSClient, ScriptedTransport) {
        let transport = ScriptedTransport(answers.map { .success($0) })
        let client = AWSClient(
            transport: transport,
            configuration: .init(
                credentials: nil, endpoints: EndpointResolver(url: "http://s3.test"),
                retry: RetryPolicy(baseDelay: .milliseconds(1))))
        return (client, transport)
    }

    private static func refusal(_ status: Int, _ code: String) -> HTTPResponse {
        HTTPResponse(
            status,
            "<?xml version=\"1.0\"?>\n<Error><Code>\(code)</Code><Message>m</Message><RequestId>r</RequestId></Error>")
    }

    private static func lines(_ request: HTTPRequest) -> String {
        let headers = request.headers.fields.map { "\($0.name): \($0.value)" }.sorted()
        return (["\(request.method) \(request.url)"] + headers + [request.bodyText].filter { !$0.isEmpty })
            .joined(separator: "\n")
    }

    @Test func anObjectGoesAsItIsWithItsChecksum() async throws {
        let (client, transport) = client([HTTPResponse(200, "", headers: ["ETag": "\"e\""])])
        let answer = try await client.send(
            S3.PutObject(
                bucket: "b-1", key: "runs/7/plan 1.json", owner: "123456789012", body: Array("{}".utf8),
                contentType: "application/json", ifNoneMatch: true), region: Self.region)
        #expect(answer.eTag == "\"e\"")
        // printf '{}' | openssl dgst -sha256 -binary | base64
        #expect(
            Self.lines(try #require(transport.requests.first)) == """
                PUT http://s3.test/b-1/runs/7/plan%201.json
                Content-Type: application/json
                If-None-Match: *
                x-amz-checksum-sha256: RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=
                x-amz-expected-bucket-owner: 123456789012
                {}
                """)
    }

    @Test func onlyAMissingObjectIsNil() async throws {
        let bytes: [UInt8] = [0, 0xFF, 0x3C, 0]
        let get = S3.GetObject(bucket: "b-1", key: "k")
        let (client, _) = client([
            HTTPResponse(status: 200, body: bytes), HTTPResponse(status: 200), Self.refusal(404, "NoSuchKey"),
            Self.refusal(404, "NoSuchBucket"), Self.refusal(403, "AccessDenied"),
        ])
        #expect(try await client.object(get, region: Self.region) == bytes)
        #expect(try await client.object(get, region: Self.region) == [])
        #expect(try await client.object(get, region: Self.region) == nil)
        for code in ["NoSuchBucket", "AccessDenied"] {
            let error = await #expect(throws: AWSError.self) { try await client.object(get, region: Self.region) }
            #expect(error?.code == code)
        }
    }

    @Test func aTakenKeyIsToldFromAConflictWhichIsRepeated() async throws {
        let put = S3.PutObject(bucket: "b-1", key: "k", body: [], ifNoneMatch: true)
        let (taken, _) = client([Self.refusal(412, "PreconditionFailed")])
        let error = await #expect(throws: AWSError.self) { try await taken.send(put, region: Self.region) }
        #expect(error?.isObjectTaken == true && error?.followsLostAnswer == false)
        // The first attempt's answer was lost, and it had written: the refusal is its own doing.
        let (own, ownCalls) = client([HTTPResponse(500, ""), Self.refusal(412, "PreconditionFailed")])
        let ownError = await #expect(throws: AWSError.self) { try await own.send(put, region: Self.region) }
        #expect(ownError?.isObjectTaken == true && ownError?.followsLostAnswer == true)
        #expect(ownCalls.requests.count == 2)
        let (busy, calls) = client([Self.refusal(409, "ConditionalRequestConflict"), HTTPResponse(200, "")])
        _ = try await busy.send(put, region: Self.region)
        #expect(calls.requests.count == 2)
    }

    @Test func aListingNamesEveryVersionAndMarker() async throws {
        let (client, transport) = client([
            HTTPResponse(
                200,
                """
                <?xml version="1.0"?><ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b-1</Name>
                <KeyMarker></KeyMarker><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>
                <DeleteMarker><Key>runs/a&amp;b</Key><VersionId>3/L4kq</VersionId><IsLatest>true</IsLatest></DeleteMarker>
                <Version><Key>runs/a&amp;b</Key><VersionId>null</VersionId><IsLatest>false</IsLatest><Size>12</Size>
                <ETag>&quot;e&quot;</ETag></Version></ListVersionsResult>
                """)
        ])
        let page = try await client.send(S3.ListObjectVersions(bucket: "b-1", owner: "1"), region: Self.region)
        #expect(page.version.map { [$0.key, $0.versionId] } == [["runs/a&b", "null"]])
        #expect(page.deleteMarker.map { [$0.key, $0.versionId] } == [["runs/a&b", "3/L4kq"]])
        #expect(transport.requests.map(\.url) == ["http://s3.test/b-1?versions=&max-keys=1000"])
    }

    @Test func aDeletionOfManyNamesWhatStayed() async throws {
        let (client, transport) = client([
            HTTPResponse(
                200,
                "<DeleteResult><Error><Key>runs/2</Key><Code>AccessDenied</Code><Message>m</Message></Error></DeleteResult>"
            ),
            HTTPResponse(200, "<DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"></DeleteResult>"),
        ])
        let delete = S3.DeleteObjects(
            bucket: "b-1",
            versions: [.init(key: "runs/<1>", versionId: "null"), .init(key: "runs/2", versionId: "v/1")])
        let answer = try await client.send(delete, region: Self.region)
        #expect(answer.error.map { "\($0.key) \($0.code)" } == ["runs/2 AccessDenied"])
        #expect(try await client.send(delete, region: Self.region).error.isEmpty)
        let body =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
            + "<Object><Key>runs/&lt;1&gt;</Key><VersionId>null</VersionId></Object>"
            + "<Object><Key>runs/2</Key><VersionId>v/1</VersionId></Object><Quiet>true</Quiet></Delete>"
        #expect(
            Self.lines(try #require(transport.requests.first)) == """
                POST http://s3.test/b-1?delete=
                Content-Type: application/xml
                x-amz-checksum-sha256: X3zB5Dc0i7D4iHQYAs3tzV4f6TT78gcrdqu4FhRtCYo=
                \(body)
                """)
    }

    @Test(arguments: ["us-east-1", "ap-northeast-1"])
    func onlyUSEast1HasNoLocationConstraint(region: String) async throws {
        let (client, transport) = client([HTTPResponse(200, "")])
        _ = try await client.send(
            S3.CreateBucket(bucket: "b-1", region: region, tags: [S3.Tag(key: "k", value: "v")]), region: region)
        let constraint = region == "us-east-1" ? "" : "<LocationConstraint>ap-northeast-1</LocationConstraint>"
        #expect(
            transport.requests.first?.bodyText
                == "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
                + "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\(constraint)"
                + "<Tags><Tag><Key>k</Key><Value>v</Value></Tag></Tags></CreateBucketConfiguration>")
    }

    /// Every replacement of a setting carries the checksum that S3 asks for, and what is read is what was written.
    @Test func settingsGoThereAndBack() async throws {
        let rules = [
            S3.LifecycleRule(id: "runs", prefix: "runs/", expirationDays: 14),
            S3.LifecycleRule(id: "uploads", prefix: "", abortUploadsAfterDays: 1),
        ]
        let empty = HTTPResponse(200, "")
        let (writer, sent) = client([empty])
        _ = try await writer.send(
            S3.PutBucketLifecycleConfiguration(
                bucket: "b-1", owner: "1", configuration: S3.LifecycleConfiguration(rules: rules)), region: Self.region)
        _ = try await writer.send(
            S3.PutPublicAccessBlock(bucket: "b-1", owner: "1", configuration: .init(all: true)), region: Self.region)
        _ = try await writer.send(
            S3.PutBucketTagging(bucket: "b-1", owner: "1", tagging: .init([S3.Tag(key: "a&b", value: "")])),
            region: Self.region)
        _ = try await writer.send(
            S3.PutBucketPolicy(bucket: "b-1", owner: "1", policy: "{\"Statement\":[]}"), region: Self.region)
        for request in sent.requests { #expect(request.headers["x-amz-checksum-sha256"]?.count == 44) }
        let bodies = sent.requests.map { HTTPResponse(200, $0.bodyText) }
        let (reader, asked) = client(bodies)
        let lifecycle = try await reader.send(
            S3.GetBucketLifecycleConfiguration(bucket: "b-1", owner: "1"), region: Self.region)
        #expect(lifecycle.rule == rules)
        #expect(
            try await reader.send(S3.GetPublicAccessBlock(bucket: "b-1", owner: "1"), region: Self.region)
                == .init(all: true))
        let tags = try await reader.send(S3.GetBucketTagging(bucket: "b-1", owner: "1"), region: Self.region).all
        #expect(tags.map(\.key) == ["a&b"] && tags.map(\.value) == [""])
        let policy = try await reader.send(S3.GetBucketPolicy(bucket: "b-1", owner: "1"), region: Self.region).policy
        #expect(policy == "{\"Statement\":[]}")
        #expect(asked.requests.map(\.url) == sent.requests.map(\.url))
        #expect(
            sent.requests.map(\.url)
                == ["lifecycle", "publicAccessBlock", "tagging", "policy"].map {
                    "http://s3.test/b-1?\($0)="
                })
        #expect(sent.requests[0].bodyText.contains("<ID>runs</ID><Filter><Prefix>runs/</Prefix></Filter>"))
        #expect(sent.requests[0].bodyText.contains("<DaysAfterInitiation>1</DaysAfterInitiation>"))
    }
}
