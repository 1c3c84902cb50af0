import Foundation
import Testing

@testable import AWSCore

@Suite struct EndpointResolverTests {
    private static let ec2 = AWSService(name: "ec2", wire: .ec2Query(version: "v"))
    private static let ecr = AWSService(
        name: "ecr", endpointPrefix: "api.ecr", wire: .json(version: "1.1", targetPrefix: "p"))
    private static let iam = AWSService(name: "iam", wire: .query(version: "v"), globalRegion: "us-east-1")
    private static let cloudFront = AWSService(name: "cloudfront", wire: .restXML, globalRegion: "us-east-1")
    private static let sts = AWSService(name: "sts", wire: .query(version: "v"))
    private static let secrets = AWSService(name: "secretsmanager", wire: .json(version: "1.1", targetPrefix: "p"))
    private static let scaling = AWSService(
        name: "application-autoscaling", wire: .json(version: "1.1", targetPrefix: "p"))

    @Test(arguments: [
        (ec2, "ap-northeast-1", "https://ec2.ap-northeast-1.amazonaws.com", "ap-northeast-1"),
        (ecr, "ap-northeast-2", "https://api.ecr.ap-northeast-2.amazonaws.com", "ap-northeast-2"),
        (sts, "eu-west-1", "https://sts.eu-west-1.amazonaws.com", "eu-west-1"),
        (ec2, "cn-north-1", "https://ec2.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        (ec2, "us-gov-east-1", "https://ec2.us-gov-east-1.amazonaws.com", "us-gov-east-1"),
        (iam, "ap-northeast-1", "https://iam.amazonaws.com", "us-east-1"),
        (iam, "cn-northwest-1", "https://iam.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        (iam, "us-gov-east-1", "https://iam.us-gov.amazonaws.com", "us-gov-west-1"),
        (cloudFront, "ap-northeast-1", "https://cloudfront.amazonaws.com", "us-east-1"),
        (cloudFront, "cn-north-1", "https://cloudfront.cn-northwest-1.amazonaws.com.cn", "cn-northwest-1"),
    ])
    func awsEndpoints(service: AWSService, region: String, url: String, signingRegion: String) throws {
        #expect(
            try EndpointResolver(url: nil).endpoint(of: service, region: region)
                == AWSEndpoint(url: url, signingRegion: signingRegion))
    }

    @Test(arguments: ["", "ap northeast-1", "evil.test/", "a@b", "AP-NORTHEAST-1", "a#b", "ü"])
    func aRegionThatIsNoHostLabelIsRefused(region: String) {
        let error = #expect(throws: AWSError.self) {
            try EndpointResolver(url: nil).endpoint(of: Self.ec2, region: region)
        }
        #expect(error?.code == "InvalidRegion")
    }

    @Test func aGlobalServiceThatAPartitionLacksIsRefused() {
        #expect(throws: AWSError.self) {
            try EndpointResolver(url: nil).endpoint(of: Self.cloudFront, region: "us-gov-west-1")
        }
    }

    @Test(arguments: ["127.0.0.1:4566", "ftp://x", "http://x?y", "http://x y", "http://x#y"])
    func anEndpointThatIsNoURLIsRefused(url: String) {
        let error = #expect(throws: AWSError.self) {
            try EndpointResolver(url: url).endpoint(of: Self.ec2, region: "us-east-1")
        }
        #expect(error?.code == "InvalidEndpoint")
    }

    private static let config = """
        [default]
        region = eu-west-3
        endpoint_url = http://profile
        services = local
        [services local]
        ec2 =
          endpoint_url = http://section-ec2
        secrets_manager =
          endpoint_url = http://section-secrets
        """

    @Test(arguments: [
        ([:], ec2, "http://section-ec2"), ([:], secrets, "http://section-secrets"), ([:], sts, "http://profile"),
        (["AWS_ENDPOINT_URL": "http://all/"], ec2, "http://all"),
        (["AWS_ENDPOINT_URL": "http://all", "AWS_ENDPOINT_URL_EC2": "http://e/p/"], ec2, "http://e/p"),
        (["AWS_ENDPOINT_URL": "http://all", "AWS_ENDPOINT_URL_EC2": ""], ec2, "http://all"),
        (["AWS_ENDPOINT_URL_SECRETS_MANAGER": "http://s"], secrets, "http://s"),
        (["AWS_ENDPOINT_URL_SECRETSMANAGER": "http://s"], secrets, "http://s"),
        (["AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING": "http://s"], scaling, "http://s"),
        (["AWS_ENDPOINT_URL_APPLICATION_AUTOSCALING": "http://s"], scaling, "http://s"),
        (
            ["AWS_ENDPOINT_URL": "http://all", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "TRUE"], ec2,
            "https://ec2.us-east-1.amazonaws.com"
        ),
    ])
    func configuredEndpointsInTheirOrder(environment: [String: String], service: AWSService, url: String) async throws {
        try await withScratchFolder { folder in
            try write(Self.config, to: folder + "/.aws/config")
            let configuration = try SharedConfiguration(
                environment: environment.merging(["HOME": folder]) { given, _ in given })
            #expect(try EndpointResolver(configuration).endpoint(of: service, region: "us-east-1").url == url)
        }
    }

    @Test func settingsComeFromTheEnvironmentThenTheProfile() async throws {
        try await withScratchFolder { folder in
            try write(
                Self.config + "\n[profile p]\nregion = eu-west-2\nca_bundle = /p\nmax_attempts = 7\n",
                to: folder + "/.aws/config")
            func configuration(_ environment: [String: String]) throws -> SharedConfiguration {
                try SharedConfiguration(environment: environment.merging(["HOME": folder]) { given, _ in given })
            }
            #expect(try configuration([:]).region == "eu-west-3")
            #expect(try configuration(["AWS_PROFILE": "p"]).region == "eu-west-2")
            #expect(try configuration(["AWS_PROFILE": "p", "AWS_DEFAULT_REGION": "d"]).region == "d")
            #expect(try configuration(["AWS_DEFAULT_REGION": "d", "AWS_REGION": "r"]).region == "r")
            #expect(try configuration(["AWS_PROFILE": "p"]).caBundlePath == "/p")
            #expect(try configuration(["AWS_PROFILE": "p", "AWS_CA_BUNDLE": "/e"]).caBundlePath == "/e")
            #expect(try configuration([:]).maximumAttempts == 3)
            #expect(try configuration(["AWS_PROFILE": "p"]).maximumAttempts == 7)
            #expect(try configuration(["AWS_PROFILE": "p", "AWS_MAX_ATTEMPTS": "2"]).maximumAttempts == 2)
            #expect(try configuration(["AWS_MAX_ATTEMPTS": "0"]).maximumAttempts == 3)
            let error = #expect(throws: CredentialError.self) { try configuration(["AWS_PROFILE": "nope"]) }
            #expect(error?.message.contains("aws configure --profile nope") == true)
        }
    }
}
