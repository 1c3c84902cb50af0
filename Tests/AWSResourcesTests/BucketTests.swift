import AWSCore
import CurlTransport
import Foundation
import Provisioning
import Synchronization
import TestSupport
import Testing

@testable import AWSResources

@Suite struct BucketTests {
    static let bucket = Bucket(name: "ticket-load-123456789012-ap-northeast-1", prefix: "runs/", expirationDays: 14)
    static let arn = "arn:aws:s3:::ticket-load-123456789012-ap-northeast-1"

    /// An account that answers each "METHOD setting" by a script; the last answer again and again.
    private struct Account {
        let transport: ScriptedTransport
        let cloud: AWSCloud

        init(_ script: [String: [HTTPResponse]]) {
            let used = Mutex<[String: Int]>([:])
            let transport = ScriptedTransport { request, _ in
                let call = Self.call(request)
                guard let answers = script[call], !answers.isEmpty else {
                    return BucketTests.refusal(400, "Unscripted \(call)")
                }
                let number = used.withLock { used in
                    used[call, default: -1] += 1
                    return used[call, default: 0]
                }
                return answers[min(number, answers.count - 1)]
            }
            self.transport = transport
            cloud = AWSCloud(
                client: AWSClient(
                    transport: transport,
                    configuration: .init(credentials: nil, endpoints: EndpointResolver(url: "http://127.0.0.1:1"))),
                account: "123456789012")
        }

        /// In order; concurrent reads come in any.
        var calls: [String] { transport.requests.map(Self.call) }

        var scope: Scope<AWSCloud> {
            Scope(
                cloud: cloud, node: NodeID(region: "ap-northeast-1", name: "bucket-load"),
                tags: ScriptedCloud.tags("bucket-load"), values: Values(), notBefore: .now)
        }

        /// "PUT policy", "GET list-type", "PUT".
        static func call(_ request: HTTPRequest) -> String {
            let query = request.url.split(separator: "?").dropFirst().first ?? ""
            return ([request.method] + [String(query.prefix { $0 != "=" })].filter { !$0.isEmpty })
                .joined(separator: " ")
        }
    }

    static func refusal(_ status: Int, _ code: String, _ message: String = "m") -> HTTPResponse {
        HTTPResponse(status, "<Error><Code>\(code)</Code><Message>\(message)</Message></Error>")
    }

    private static func tags(_ changed: [String: String] = [:]) -> HTTPResponse {
        let all = ScriptedCloud.tags("bucket-load").all.merging(changed) { $1 }
        let set = all.map { "<Tag><Key>\($0.key)</Key><Value>\($0.value)</Value></Tag>" }.joined()
        return HTTPResponse(200, "<Tagging><TagSet>\(set)</TagSet></Tagging>")
    }

    private static let block = HTTPResponse(
        200,
        "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>"
            + "<BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets>"
            + "</PublicAccessBlockConfiguration>")
    /// A list of one as a text and another order, as S3 answers it.
    private static let policy = HTTPResponse(
        200,
        """
        {"Version":"2012-10-17","Statement":[{"Sid":"TLSOnly","Effect":"Deny","Principal":{"AWS":"*"},"Action":"s3:*",
        "Resource":["\(arn)/*","\(arn)"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}
        """)
    private static let lifecycle = HTTPResponse(
        200,
        """
        <LifecycleConfiguration><Rule><ID>abort-uploads</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status>
        <AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>
        </Rule><Rule><ID>expire</ID><Filter><Prefix>runs/</Prefix></Filter><Status>Enabled</Status>
        <Expiration><Days>14</Days></Expiration></Rule></LifecycleConfiguration>
        """)

    private static func account(_ changed: [String: HTTPResponse] = [:]) -> Account {
        let standing = [
            "GET tagging": tags(), "GET publicAccessBlock": block, "GET policy": policy, "GET lifecycle": lifecycle,
            "PUT publicAccessBlock": HTTPResponse(200, ""), "PUT policy": HTTPResponse(204, ""),
            "PUT lifecycle": HTTPResponse(200, ""),
        ]
        return Account(standing.merging(changed) { $1 }.mapValues { [$0] })
    }

    @Test func aBucketAsAskedForIsNoChangeInWhateverSpelling() async throws {
        let account = Self.account()
        let found = try #require(try await Self.bucket.read(account.scope))
        #expect(found.owner == .ours && found.identity == Self.arn)
        #expect(found.outputs == ["arn": Self.arn, "name": Self.bucket.name])
        #expect(Self.bucket.changes(from: found.settings, Values()) == [])
        for request in account.transport.requests {
            #expect(request.headers["x-amz-expected-bucket-owner"] == "123456789012")
        }
    }

    /// What is taken away, or opened, by hand; and that it is the one thing put back.
    @Test(arguments: [
        ("publicAccessBlock", refusal(404, "NoSuchPublicAccessBlockConfiguration"), 4),
        (
            "publicAccessBlock",
            HTTPResponse(
                200,
                "<P><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>"
                    + "<BlockPublicPolicy>false</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets></P>"
            ), 1
        ),
        ("policy", refusal(404, "NoSuchBucketPolicy"), 1),
        (
            "policy",
            HTTPResponse(200, "{\"Statement\":[{\"Sid\":\"Open\",\"Effect\":\"Allow\",\"Principal\":\"*\"}]}"), 2
        ),
        ("lifecycle", refusal(404, "NoSuchLifecycleConfiguration"), 2),
        (
            "lifecycle",
            HTTPResponse(
                200,
                lifecycle.text.replacingOccurrences(of: "<Days>14</Days>", with: "<Days>3</Days>")), 1
        ),
        (
            "lifecycle",
            HTTPResponse(
                200,
                lifecycle.text.replacingOccurrences(
                    of: "<Status>Enabled</Status>\n<Expiration>", with: "<Status>Disabled</Status><Expiration>")), 1
        ),
    ])
    func whatWasChangedByHandIsTheOneThingPutBack(setting: String, answer: HTTPResponse, count: Int) async throws {
        let account = Self.account(["GET \(setting)": answer])
        let found = try #require(try await Self.bucket.read(account.scope))
        let changes = Self.bucket.changes(from: found.settings, Values())
        #expect(changes.count == count && changes.allSatisfy { $0.setting.hasPrefix(setting) }, "\(changes)")
        _ = try await Self.bucket.update(found.settings, changes, account.scope)
        #expect(account.calls.filter { $0.hasPrefix("PUT") } == ["PUT \(setting)"])
    }

    @Test func aBucketIsMadeWithItsTagsThenClosedBeforeAnythingElse() async throws {
        let account = Account([
            "PUT": [HTTPResponse(200, "")], "PUT publicAccessBlock": [HTTPResponse(200, "")],
            "PUT policy": [HTTPResponse(204, "")], "PUT lifecycle": [HTTPResponse(200, "")],
        ])
        let made = try await Self.bucket.create(account.scope)
        #expect(made.owner == .ours && Self.bucket.changes(from: made.settings, Values()) == [])
        #expect(account.calls == ["PUT", "PUT publicAccessBlock", "PUT policy", "PUT lifecycle"])
        let request = try #require(account.transport.requests.first)
        #expect(request.bodyText.contains("<LocationConstraint>ap-northeast-1</LocationConstraint>"))
        for (key, value) in ScriptedCloud.tags("bucket-load").all {
            #expect(request.bodyText.contains("<Tag><Key>\(key)</Key><Value>\(value)</Value></Tag>"))
        }
    }

    /// It stands and has its tags, so the next look finds it and an update finishes it.
    @Test func whatFailsAfterTheCreationIsFinishedNotMadeAgain() async throws {
        let account = Account([
            "PUT": [HTTPResponse(200, "")], "PUT publicAccessBlock": [Self.refusal(409, "OperationAborted")],
        ])
        let error = await #expect(throws: UnfinishedCreation.self) { try await Self.bucket.create(account.scope) }
        #expect(AWSErrors().disposition(of: try #require(error)) == .alreadyExists)
    }

    @Test func aNameOfAnotherAccountIsRefused() async throws {
        let account = Account(["PUT": [Self.refusal(409, "BucketAlreadyExists")]])
        let error = await #expect(throws: ProvisioningError.self) { try await Self.bucket.create(account.scope) }
        #expect(error?.code == .foreign && error?.what.contains(Self.bucket.name) == true && error?.next != nil)
        let closed = Account(["GET tagging": [Self.refusal(403, "AccessDenied")]])
        let refusal = await #expect(throws: ProvisioningError.self) { try await Self.bucket.read(closed.scope) }
        #expect(refusal?.code == .foreign && refusal?.description.contains("AccessDenied") == true)
        // A permission that lacks is no stranger's bucket.
        let denied = Account(["GET tagging": [Self.refusal(403, "AccessDenied", "x is not authorized to perform: y")]])
        let denial = await #expect(throws: AWSError.self) { try await Self.bucket.read(denied.scope) }
        #expect(denial?.code == "AccessDenied")
    }

    @Test func aBucketOfOursThatIsNotTheStacksIsLeft() async throws {
        for answer in [Self.tags(["tickctl:stack": "other"]), Self.refusal(404, "NoSuchTagSet")] {
            let account = Self.account(["GET tagging": answer])
            let found = try #require(try await Self.bucket.read(account.scope))
            #expect(found.owner != .ours)
            #expect(account.calls == ["GET tagging"])
        }
    }

    /// Keys with the versions of each, and delete markers.
    private static func page(_ versions: [(String, String)], markers: [(String, String)] = []) -> HTTPResponse {
        func elements(_ name: String, _ all: [(String, String)]) -> String {
            all.map { "<\(name)><Key>\($0.0)</Key><VersionId>\($0.1)</VersionId></\(name)>" }.joined()
        }
        return HTTPResponse(200, "<L>" + elements("Version", versions) + elements("DeleteMarker", markers) + "</L>")
    }

    private static let observed = Bucket.Observed(arn: arn, publicAccessBlock: [:], policy: [:], lifecycle: [:])

    @Test func itIsEmptiedOfEveryVersionAndMarkerBeforeItGoes() async throws {
        let account = Account([
            "GET versions": [
                Self.page([("runs/1", "null"), ("runs/2", "v2"), ("runs/2", "v1")]),
                Self.page([], markers: [("x", "m1")]), Self.page([]),
            ],
            "POST delete": [HTTPResponse(200, "<DeleteResult/>")], "DELETE": [HTTPResponse(204, "")],
        ])
        try await Self.bucket.delete(Self.observed, account.scope)
        #expect(
            account.calls == [
                "GET versions", "POST delete", "GET versions", "POST delete", "GET versions", "DELETE",
            ])
        let bodies = account.transport.requests.filter { $0.method == "POST" }.map(\.bodyText)
        let wanted = [[("runs/1", "null"), ("runs/2", "v2"), ("runs/2", "v1")], [("x", "m1")]]
        for (body, versions) in zip(bodies, wanted) {
            #expect(body.components(separatedBy: "<Object>").count - 1 == versions.count)
            for (key, version) in versions {
                #expect(body.contains("<Object><Key>\(key)</Key><VersionId>\(version)</VersionId></Object>"))
            }
        }
    }

    @Test func whatCannotBeDeletedIsSaidAndTheBucketStays() async throws {
        let account = Account([
            "GET versions": [Self.page([("runs/1", "null")])],
            "POST delete": [
                HTTPResponse(
                    200, "<D><Error><Key>runs/1</Key><Code>AccessDenied</Code><Message>locked</Message></Error></D>")
            ],
        ])
        let error = await #expect(throws: ProvisioningError.self) {
            try await Self.bucket.delete(Self.observed, account.scope)
        }
        #expect(error?.what.contains("runs/1: AccessDenied: locked") == true)
        #expect(!account.calls.contains("DELETE"))
    }

    @Test func anEndlessBucketIsGivenUp() async throws {
        let account = Account([
            "GET versions": [Self.page([("runs/1", "null")])], "POST delete": [HTTPResponse(200, "<DeleteResult/>")],
        ])
        let error = await #expect(throws: ProvisioningError.self) {
            try await Self.bucket.delete(Self.observed, account.scope)
        }
        #expect(error?.what.contains("after 1000000 were deleted") == true)
    }

    @Test func errorsOfS3AreWhatTheExecutorTakesThemFor() {
        let errors = AWSErrors()
        for (action, code, disposition) in [
            ("GetBucketTagging", "NoSuchBucket", ErrorDisposition.absent), ("DeleteBucket", "NoSuchBucket", .absent),
            ("PutBucketPolicy", "NoSuchBucket", .propagating),
            ("CreateBucket", "BucketAlreadyOwnedByYou", .alreadyExists),
            ("CreateBucket", "OperationAborted", .busy), ("DeleteBucket", "BucketNotEmpty", .busy),
            ("CreateBucket", "BucketAlreadyExists", .fatal), ("GetBucketTagging", "AccessDenied", .fatal),
        ] {
            #expect(errors.disposition(of: ScriptedCloud.error("s3", action, code)) == disposition, "\(action) \(code)")
        }
    }

    @Test func itsPermissionsAreOnThisBucketAlone() {
        let place = Place(
            partition: "aws", account: "123456789012", region: "ap-northeast-1", stack: "ticket", id: "bucket-load")
        let permissions = Self.bucket.permissions(at: place)
        #expect(Set(permissions.flatMap(\.resources)) == [Self.arn, Self.arn + "/*"])
        let ofObjects = permissions.first { $0.actions == ["s3:DeleteObject", "s3:DeleteObjectVersion"] }
        #expect(ofObjects?.resources == [Self.arn + "/*"])
    }
}

extension HTTPResponse {
    fileprivate var text: String { String(decoding: body, as: UTF8.self) }
}
