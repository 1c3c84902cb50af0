import Foundation
import Testing

@testable import AWSCore

@Suite struct ProfileFilesTests {
    /// The files of `config` and `credentials`, read from where the environment says.
    private func files(config: String?, credentials: String?) async throws -> ProfileFiles {
        try await withScratchFolder { folder in
            if let config { try write(config, to: folder + "/.aws/config") }
            if let credentials { try write(credentials, to: folder + "/.aws/credentials") }
            return try ProfileFiles(environment: ["HOME": folder])
        }
    }

    @Test func readsSectionsCommentsAndNestedSettings() async throws {
        let files = try await files(
            config: """
                # comment
                [default]
                region = ap-northeast-1 ; comment
                output=json#not a comment
                  ; comment

                [profile two words]
                region = ignored
                [profile "quoted"]
                Region = us-east-1
                s3 =
                  max_concurrent_requests = 20
                  addressing_style = path
                retry_mode = standard
                [sso-session corp]
                sso_region = eu-west-1
                [services local]
                sqs =
                  endpoint_url = http://127.0.0.1:1
                [plain]
                region = ignored
                """,
            credentials: """
                [default]
                aws_access_key_id = AK
                aws_secret_access_key = s=/+= x
                region = eu-central-1
                [plain]
                aws_access_key_id = AK2\r
                """)
        #expect(files[.profile("default")]?["region"] == "eu-central-1")
        #expect(files[.profile("default")]?["output"] == "json#not a comment")
        #expect(files[.profile("default")]?["aws_secret_access_key"] == "s=/+= x")
        #expect(
            files[.profile("quoted")] == [
                "region": "us-east-1", "s3": "", "s3.max_concurrent_requests": "20", "s3.addressing_style": "path",
                "retry_mode": "standard",
            ])
        #expect(files[.ssoSession("corp")] == ["sso_region": "eu-west-1"])
        #expect(files[.services("local")] == ["sqs": "", "sqs.endpoint_url": "http://127.0.0.1:1"])
        #expect(files[.profile("plain")] == ["aws_access_key_id": "AK2"])
        #expect(files[.profile("two words")] == nil)
    }

    @Test func filesThatDoNotExistAreEmpty() async throws {
        #expect(try await files(config: nil, credentials: nil).sections.isEmpty)
    }

    @Test func theEnvironmentNamesTheFiles() async throws {
        try await withScratchFolder { folder in
            try write("[default]\nregion = a\n", to: folder + "/c")
            try write("[default]\naws_access_key_id = b\n", to: folder + "/k")
            let files = try ProfileFiles(environment: [
                "HOME": folder, "AWS_CONFIG_FILE": folder + "/c", "AWS_SHARED_CREDENTIALS_FILE": "~/k",
            ])
            #expect(files[.profile("default")] == ["region": "a", "aws_access_key_id": "b"])
        }
    }

    @Test(arguments: [
        ("[default\n", 1, "a section head lacks its \"]\""), ("[default]\n\nregion\n", 3, "neither a section"),
        ("[default]\n= x\n", 2, "a value without a name"),
    ])
    func aBrokenFileIsNamedWithItsLine(text: String, line: Int, reason: String) async throws {
        let error = await #expect(throws: CredentialError.self) { try await files(config: text, credentials: nil) }
        #expect(error?.message.contains("/.aws/config:\(line): \(reason)") == true)
    }

    @Test func aBrokenCredentialsLineIsNotQuoted() async throws {
        let error = await #expect(throws: CredentialError.self) {
            try await files(config: nil, credentials: "[default]\nplanted-secret\n")
        }
        #expect(error?.message.contains("planted") == false)
    }
}
