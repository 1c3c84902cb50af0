import CurlTransport
import Foundation
import TestSupport
import Testing

@testable import AWSCore

@Suite struct CredentialChainTests {
    private let clock = ManualClock()

    /// What the chain finds in a scratch home with `files` (by path under it); "HOME/" in values is that folder.
    private func find(
        _ environment: [String: String], files: [String: String] = [:],
        transport: ScriptedTransport = ScriptedTransport([.failure(.test(.connect, sent: false))])
    ) async throws -> AWSCredentials {
        try await withScratchFolder { folder in
            for (path, text) in files {
                try write(text.replacingOccurrences(of: "HOME/", with: folder + "/"), to: folder + "/" + path)
            }
            var environment = environment.mapValues { $0.replacingOccurrences(of: "HOME/", with: folder + "/") }
            environment["HOME"] = folder
            let configuration = try SharedConfiguration(environment: environment)
            return try await CredentialChain(
                configuration: configuration, transport: transport, time: .manual(clock)
            ).credentials()
        }
    }

    private func failure(
        _ environment: [String: String], files: [String: String] = [:],
        transport: ScriptedTransport = ScriptedTransport([.failure(.test(.connect, sent: false))])
    ) async throws -> String {
        let error = await #expect(throws: CredentialError.self) {
            try await find(environment, files: files, transport: transport)
        }
        return error?.message ?? ""
    }

    private static let keys = ["AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"]
    private static let document =
        #"{"Code":"Success","AccessKeyId":"DOC","SecretAccessKey":"ds","Token":"dt","#
        + #""Expiration":"2023-11-15T00:00:00Z"}"#

    /// STS answers for both role calls; the key tells which call and role it was.
    private static func sts(_ request: HTTPRequest) -> HTTPResponse {
        let fields = request.bodyText.split(separator: "&").reduce(into: [String: String]()) { fields, field in
            let parts = field.split(separator: "=", maxSplits: 1)
            fields[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
        }
        let action = fields["Action"] ?? ""
        return HTTPResponse(
            200,
            "<R><\(action)Result><Credentials><AccessKeyId>\(action)-\(fields["RoleArn"] ?? "")</AccessKeyId>"
                + "<SecretAccessKey>rs</SecretAccessKey><SessionToken>rt</SessionToken>"
                + "<Expiration>2023-11-15T00:00:00Z</Expiration></Credentials></\(action)Result></R>")
    }

    // MARK: Order

    /// Everything is configured; sources fall away one by one.
    @Test func theFirstConfiguredSourceDecides() async throws {
        let transport = ScriptedTransport { request, _ in
            if request.url.contains("sts.") { return Self.sts(request) }
            if request.url.hasSuffix("/api/token") { return HTTPResponse(200, "imds-token") }
            if request.url.hasSuffix("/security-credentials/") { return HTTPResponse(200, "role name") }
            return HTTPResponse(200, Self.document)
        }
        var environment = Self.keys.merging([
            "AWS_WEB_IDENTITY_TOKEN_FILE": "HOME/token", "AWS_ROLE_ARN": "web",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/task",
        ]) { given, _ in given }
        var files = [".aws/credentials": "[default]\naws_access_key_id=P\naws_secret_access_key=ps\n", "token": "jwt"]

        let first = try await find(environment, files: files, transport: transport)
        #expect(
            first == AWSCredentials(accessKeyID: "ENV", secretAccessKey: "s", sessionToken: "t", source: "environment"))
        for key in Self.keys.keys { environment[key] = nil }
        let second = try await find(environment, files: files, transport: transport)
        #expect(second.accessKeyID == "P")
        #expect(second.source == "profile default")
        files[".aws/credentials"] = nil
        let third = try await find(environment, files: files, transport: transport)
        #expect(third.accessKeyID == "AssumeRoleWithWebIdentity-web")
        #expect(third.expiration == Date(timeIntervalSince1970: 1_700_006_400))
        environment["AWS_WEB_IDENTITY_TOKEN_FILE"] = nil
        let fourth = try await find(environment, files: files, transport: transport)
        #expect(fourth.source == "container")
        environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = nil
        let fifth = try await find(environment, files: files, transport: transport)
        #expect(fifth.source == "instance metadata (role name)")
        #expect(fifth.sessionToken == "dt")
    }

    @Test func nothingFoundSaysWhatWasTriedAndWhatToDo() async throws {
        let message = try await failure(["AWS_ACCESS_KEY_ID": ""])
        for part in [
            "environment (AWS_ACCESS_KEY_ID is not set)", "profile default (neither in ", "web identity (",
            "container (",
            "instance metadata (no answer from http://169.254.169.254)", "aws configure", "AWS_PROFILE",
        ] { #expect(message.contains(part), "\(message)") }
    }

    @Test func metadataCanBeSwitchedOff() async throws {
        let transport = ScriptedTransport([.success(HTTPResponse(200, "x"))])
        #expect(try await failure(["AWS_EC2_METADATA_DISABLED": "true"], transport: transport).contains("DISABLED"))
        #expect(transport.requests.isEmpty)
    }

    // MARK: A broken source is an error and not skipped

    @Test(arguments: [
        (["AWS_ACCESS_KEY_ID": "A"], "AWS_SECRET_ACCESS_KEY is not"),
        (["AWS_WEB_IDENTITY_TOKEN_FILE": "HOME/none", "AWS_ROLE_ARN": "r"], "cannot read"),
        (["AWS_WEB_IDENTITY_TOKEN_FILE": "HOME/none"], "AWS_ROLE_ARN is not"),
        (["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "evil.test"], "slash"),
        (["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x"], "no answer"),
        (["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://evil.test/"], "loopback"),
        (["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1.evil.test/"], "loopback"),
        (["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.evil.test/"], "loopback"),
        (
            ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1/", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "a\nb"],
            "line break"
        ),
    ])
    func brokenEnvironment(environment: [String: String], part: String) async throws {
        let message = try await failure(environment)
        #expect(message.contains(part), "\(message)")
    }

    @Test(arguments: [
        ("role_arn = r", "without source_profile"), ("role_arn = r\nsource_profile = none", "does not exist"),
        ("role_arn = r\nsource_profile = empty\n[profile empty]\nregion = x", "has no credentials"),
        (
            "role_arn = r\nsource_profile = b\n[profile b]\nrole_arn = s\nsource_profile = default",
            "circle: default -> b -> default; tried"
        ),
        ("role_arn = r\nsource_profile = b\nmfa_serial = m", "MFA"),
        ("role_arn = r\ncredential_source = Moon", "\"Moon\""), ("aws_access_key_id = A", "no aws_secret_access_key"),
        ("sso_account_id = 1", "sso_role_name"), ("sso_account_id = 1\nsso_role_name = r", "sso_start_url"),
        ("sso_account_id = 1\nsso_role_name = r\nsso_session = none", "[sso-session none]"),
        ("sso_account_id = 1\nsso_role_name = r\nsso_start_url = u\nsso_region = g", "aws sso login --profile default"),
        ("credential_process = exit 3", "status 3"),
        ("credential_process = echo planted-secret", "no credential document"),
    ])
    func brokenProfiles(settings: String, part: String) async throws {
        let message = try await failure([:], files: [".aws/config": "[default]\n" + settings])
        #expect(message.contains(part), "\(message)")
        #expect(!message.contains("planted"))
    }

    @Test func aNamedProfileWithoutCredentialsIsAnError() async throws {
        let files = [".aws/config": "[profile p]\nregion = x\n"]
        #expect(try await failure(["AWS_PROFILE": "p"], files: files).contains("aws configure"))
        #expect(
            try await find(Self.keys.merging(["AWS_PROFILE": "p"]) { given, _ in given }, files: files).accessKeyID
                == "ENV")
    }

    @Test func aDeniedRoleIsAnErrorWithAWSsWords() async throws {
        let transport = ScriptedTransport([
            .success(HTTPResponse(403, "<R><Error><Code>AccessDenied</Code><Message>not you</Message></Error></R>"))
        ])
        let message = try await failure(
            ["AWS_WEB_IDENTITY_TOKEN_FILE": "HOME/token", "AWS_ROLE_ARN": "r"], files: ["token": "planted-token"],
            transport: transport)
        #expect(message.contains("AccessDenied: not you"))
        #expect(!message.contains("planted"))
    }

    // MARK: Each source

    @Test func aChainOfRolesIsAssumedOneByOne() async throws {
        let transport = ScriptedTransport { request, _ in Self.sts(request) }
        let found = try await find(
            ["AWS_PROFILE": "c"],
            files: [
                ".aws/config": """
                [profile c]
                role_arn = role-c
                source_profile = b
                external_id = ext
                duration_seconds = 900
                role_session_name = me
                region = ap-northeast-2
                [profile b]
                role_arn = role-b
                source_profile = b
                aws_access_key_id = KB
                aws_secret_access_key = sb
                """
            ], transport: transport)
        #expect(found.accessKeyID == "AssumeRole-role-c")
        #expect(found.source == "profile c (role)")
        #expect(
            transport.requests.map(\.bodyText) == [
                "Action=AssumeRole&Version=2011-06-15&RoleArn=role-b&RoleSessionName=tickctl-1700000000",
                "Action=AssumeRole&Version=2011-06-15&RoleArn=role-c&RoleSessionName=me"
                    + "&DurationSeconds=900&ExternalId=ext",
            ])
        #expect(transport.requests.allSatisfy { $0.url == "https://sts.ap-northeast-2.amazonaws.com/" })
        let signers = transport.requests.compactMap {
            $0.headers["Authorization"]?.split(separator: "=")[1].split(separator: "/")[0]
        }
        #expect(signers == ["KB", "AssumeRole-role-b"])
        #expect(transport.requests.last?.headers["X-Amz-Security-Token"] == "rt")
    }

    @Test func aWebIdentityCallIsUnsigned() async throws {
        let transport = ScriptedTransport { request, _ in Self.sts(request) }
        _ = try await find(
            ["AWS_ENDPOINT_URL_STS": "http://sts.test"],
            files: [
                ".aws/config": "[default]\nrole_arn = r\nweb_identity_token_file = HOME/token\nrole_session_name = n\n",
                "token": "jwt\n",
            ], transport: transport)
        let request = try #require(transport.requests.first)
        #expect(request.url == "http://sts.test/")
        #expect(request.headers["Authorization"] == nil)
        #expect(
            request.bodyText == "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=r&RoleSessionName=n"
                + "&WebIdentityToken=jwt")
    }

    @Test(arguments: ["Environment", "EcsContainer"]) func credentialSources(source: String) async throws {
        let transport = ScriptedTransport { request, _ in
            request.url.contains("sts.") ? Self.sts(request) : HTTPResponse(200, Self.document)
        }
        let context = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x"]
        let environment = source == "Environment" ? Self.keys : context
        try await withScratchFolder { folder in
            try write("[default]\nrole_arn = r\ncredential_source = \(source)\n", to: folder + "/.aws/config")
            let configuration = try SharedConfiguration(
                environment: environment.merging(["HOME": folder]) { given, _ in given })
            let search = try await ProfileCredentials(
                context: CredentialContext(configuration: configuration, transport: transport, time: .manual(clock))
            ).search()
            guard case .found(let found) = search else {
                Issue.record("nothing found")
                return
            }
            #expect(found.accessKeyID == "AssumeRole-r")
        }
        let signer = source == "Environment" ? "ENV/" : "DOC/"
        #expect(transport.requests.last?.headers["Authorization"]?.contains(signer) == true)
    }

    @Test func aProcessPrintsADocumentAndSeesTheEnvironment() async throws {
        let found = try await find(
            ["KEY": "FROMENV", "PATH": "/usr/bin:/bin"],
            files: [
                ".aws/config": #"[default]"# + "\n"
                    + #"credential_process = printf '{"Version":1,"AccessKeyId":"%s","#
                    + #""SecretAccessKey":"x","SessionToken":"y"}' "$KEY""#
            ])
        #expect(
            found
                == AWSCredentials(
                    accessKeyID: "FROMENV", secretAccessKey: "x", sessionToken: "y",
                    source: "profile default (credential_process)"))
    }

    @Test(arguments: [
        ("sso_session = corp", "2023-11-15T00:00:00Z"),
        ("sso_start_url = https://corp.test/start\nsso_region = eu-west-1", "2023-11-15T00:00:00UTC"),
    ])
    func identityCenterByItsCachedToken(settings: String, expires: String) async throws {
        let name = settings.hasPrefix("sso_session") ? Self.sha1Corp : Self.sha1StartURL
        let transport = ScriptedTransport([
            .success(
                HTTPResponse(
                    200,
                    #"{"roleCredentials":{"accessKeyId":"SSO","secretAccessKey":"x","sessionToken":"y","#
                        + #""expiration":1700006400000}}"#))
        ])
        let files = [
            ".aws/config": "[default]\nsso_account_id = 123456789012\nsso_role_name = Admin\n\(settings)\n"
                + "[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.test/start\n",
            ".aws/sso/cache/\(name).json": #"{"accessToken":"bearer","expiresAt":"\#(expires)"}"#,
        ]
        let found = try await find([:], files: files, transport: transport)
        #expect(found.accessKeyID == "SSO")
        #expect(found.expiration == Date(timeIntervalSince1970: 1_700_006_400))
        let request = try #require(transport.requests.first)
        #expect(
            request.url == "https://portal.sso.eu-west-1.amazonaws.com/federation/credentials?role_name=Admin"
                + "&account_id=123456789012")
        #expect(request.headers["x-amz-sso_bearer_token"] == "bearer")
        #expect(request.headers["Authorization"] == nil)

        clock.advance(by: .seconds(7000))
        let message = try await failure([:], files: files, transport: transport)
        #expect(message.contains("has expired: run `aws sso login --profile default`"))
    }

    /// `printf corp | sha1sum`.
    private static let sha1Corp = "ee0bfd2552fbd840c02cc48b6e823320543c450f"
    /// `printf https://corp.test/start | sha1sum`.
    private static let sha1StartURL = "d8c3c531b8f82fdc8ca8bb7890461dd5d9a1744e"

    @Test(
        arguments: [
            (["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/x"], "http://169.254.170.2/v2/x", nil),
            (
                [
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:8080/c",
                    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "inline",
                ],
                "http://127.0.0.1:8080/c", "inline"
            ),
            (
                [
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://[fd00:ec2::23]/v1",
                    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "HOME/token",
                    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "inline",
                ], "http://[fd00:ec2::23]/v1", "from-file"
            ),
            (["AWS_CONTAINER_CREDENTIALS_FULL_URI": "https://anywhere.test/"], "https://anywhere.test/", nil),
        ] as [([String: String], String, String?)])
    func containers(environment: [String: String], url: String, authorization: String?) async throws {
        let transport = ScriptedTransport([.success(HTTPResponse(200, Self.document))])
        let found = try await find(environment, files: ["token": "from-file\n"], transport: transport)
        #expect(
            found
                == AWSCredentials(
                    accessKeyID: "DOC", secretAccessKey: "ds", sessionToken: "dt",
                    expiration: Date(timeIntervalSince1970: 1_700_006_400), source: "container"))
        let request = try #require(transport.requests.first)
        #expect(request.url == url)
        #expect(request.headers["Authorization"] == authorization)
        #expect(request.bypassesProxy)
    }

    @Test func instancesAreAskedByVersion2() async throws {
        let transport = ScriptedTransport { request, _ in
            if request.method == "PUT" { return HTTPResponse(200, "token") }
            return HTTPResponse(200, request.url.hasSuffix("/") ? "my role\n" : Self.document)
        }
        let found = try await find(["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://imds.test/"], transport: transport)
        #expect(found.source == "instance metadata (my role)")
        #expect(
            transport.requests.map { "\($0.method) \($0.url)" } == [
                "PUT http://imds.test/latest/api/token",
                "GET http://imds.test/latest/meta-data/iam/security-credentials/",
                "GET http://imds.test/latest/meta-data/iam/security-credentials/my%20role",
            ])
        #expect(transport.requests[0].headers["X-aws-ec2-metadata-token-ttl-seconds"] == "21600")
        #expect(transport.requests.dropFirst().allSatisfy { $0.headers["X-aws-ec2-metadata-token"] == "token" })
        #expect(transport.requests.allSatisfy { $0.bypassesProxy && $0.timeout == .seconds(1) })
    }

    @Test func anInstanceWithoutARoleHasNone() async throws {
        let transport = ScriptedTransport { request, _ in
            request.method == "PUT" ? HTTPResponse(200, "token") : HTTPResponse(404, "")
        }
        #expect(try await failure([:], transport: transport).contains("the instance has no role"))
    }
}
