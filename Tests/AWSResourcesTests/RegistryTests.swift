import Foundation
import Provisioning
import Testing

@testable import AWSResources

@Suite struct RegistryTests {
    static let repository = ECRRepository(
        name: "ticket-public", lifecycle: ImageLifecycle(keepTagged: 50, dropUntaggedAfterDays: 7))

    static let described = """
        {"repositories":[{"repositoryArn":"arn:aws:ecr:ap-northeast-1:123456789012:repository/ticket-public",
        "repositoryName":"ticket-public","repositoryUri":"123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/ticket-public",
        "imageTagMutability":"IMMUTABLE","imageScanningConfiguration":{"scanOnPush":true},
        "encryptionConfiguration":{"encryptionType":"AES256"}}]}
        """

    @Test func aRepositoryMadeByCreateReadsBackWithoutAnyChange() async throws {
        let making = ScriptedCloud([
            "CreateRepository": [
                .json(Self.described.replacing("{\"repositories\":[", with: "{\"repository\":").dropLast(2) + "}")
            ],
            "PutLifecyclePolicy": [.json("{}")],
        ])
        let made = try await Self.repository.create(making.scope("repository-public"))
        #expect(Self.repository.changes(from: made.settings, Values()) == [])
        let sent = try #require(making.body(of: "PutLifecyclePolicy")?["lifecyclePolicyText"] as? String)
        #expect(sent.contains("\"countNumber\":50") && sent.contains("\"countNumber\":7"))

        // ECR answers the policy as it was written, maybe with other white space.
        let spaced = sent.replacing(":", with: " : ").replacing("\"", with: "\\\"")
        let reading = ScriptedCloud([
            "DescribeRepositories": [.json(Self.described)],
            "ListTagsForResource": [
                .json("{\"tags\":\(ScriptedCloud.tagList("repository-public", key: "Key", value: "Value"))}")
            ],
            "GetLifecyclePolicy": [.json("{\"lifecyclePolicyText\":\"\(spaced)\"}")],
        ])
        let found = try #require(try await Self.repository.read(reading.scope("repository-public")))
        #expect(found.owner == .ours)
        #expect(found.settings == made.settings)
        #expect(found.outputs["uri"] == "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/ticket-public")
    }

    @Test func eachSettingChangedByHandIsOneLineAndOneCall() async throws {
        var observed = ECRRepository.Observed(
            tagMutability: "MUTABLE", scansOnPush: false, encryption: "KMS", lifecyclePolicy: nil)
        #expect(
            Self.repository.changes(from: observed, Values()).map(\.setting) == [
                "tagMutability", "scanOnPush", "encryption", "lifecyclePolicy",
            ])
        #expect(
            Self.repository.changes(from: observed, Values()).filter(\.isImmutable).map(\.setting) == ["encryption"])

        observed.encryption = "AES256"
        let cloud = ScriptedCloud([
            "PutImageTagMutability": [.json("{}")], "PutImageScanningConfiguration": [.json("{}")],
            "PutLifecyclePolicy": [.json("{}")],
        ])
        let changes = Self.repository.changes(from: observed, Values())
        _ = try await Self.repository.update(observed, changes, cloud.scope("repository-public"))
        #expect(cloud.actions == ["PutImageTagMutability", "PutImageScanningConfiguration", "PutLifecyclePolicy"])
    }

    @Test func aRepositoryWithoutOurTagsIsForeignAndALifecyclePolicyMayBeMissing() async throws {
        let cloud = ScriptedCloud([
            "DescribeRepositories": [.json(Self.described)], "ListTagsForResource": [.json("{\"tags\":[]}")],
            "GetLifecyclePolicy": [.refusal("LifecyclePolicyNotFoundException")],
        ])
        let found = try #require(try await Self.repository.read(cloud.scope("repository-public")))
        #expect(found.owner == .foreign(reason: "it has no tickctl:stack tag"))
        #expect(found.settings.lifecyclePolicy == nil)
    }

    // MARK: images

    static let digest = "sha256:" + String(repeating: "ab", count: 32)
    static let other = "sha256:" + String(repeating: "cd", count: 32)
    static let uri = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/ticket-public"

    static let image = ContainerImage(
        repositoryName: "ticket-public", repositoryURI: .value(uri), digest: digest, tag: "v1")

    struct Publisher: ImagePublisher {
        var digest: String
        var registryElsewhere: String?
        func digestElsewhere(repository: String, tag: String) async throws -> String? { digest }
        func publish(repository: String, registry: String, region: String, tag: String) async throws -> String {
            #expect((repository, tag) == ("ticket-public", "v1"))
            #expect(registry == "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com")
            return digest
        }
    }

    @Test func anImageIsNamedByDigestAndFoundByDigestAndTag() async throws {
        let cloud = ScriptedCloud(
            [
                "BatchGetImage": [
                    .json("{\"images\":[],\"failures\":[{\"failureCode\":\"ImageNotFound\"}]}"),
                    .json(
                        "{\"images\":[{\"imageId\":{\"imageDigest\":\"\(Self.digest)\",\"imageTag\":\"v1\"}},"
                            + "{\"imageId\":{\"imageDigest\":\"\(Self.digest)\"}}]}"),
                ]
            ], images: Publisher(digest: Self.digest))
        #expect(try await Self.image.read(cloud.scope("image-public")) == nil)
        let made = try await Self.image.create(cloud.scope("image-public"))
        #expect(made.outputs["uri"] == "\(Self.uri)@\(Self.digest)")
        let found = try #require(try await Self.image.read(cloud.scope("image-public")))
        #expect(found.settings == made.settings)
        #expect(Self.image.changes(from: found.settings, Values()) == [])
    }

    @Test func aTagThatMeansAnotherImageCannotBeMoved() {
        let changes = Self.image.changes(from: .init(taggedDigest: Self.other), Values())
        #expect(changes == [Change("image[v1]", from: Self.other, to: Self.digest, isImmutable: true)])
        // The image without the tag only needs the tag.
        let untagged = Self.image.changes(from: .init(taggedDigest: nil), Values())
        #expect(untagged == [Change("image[v1]", from: nil, to: Self.digest)])
    }

    @Test func aPushOfAnotherDigestThanPlannedFails() async throws {
        let cloud = ScriptedCloud([:], images: Publisher(digest: Self.other))
        await #expect(throws: ProvisioningError.self) {
            try await Self.image.create(cloud.scope("image-public"))
        }
    }

    @Test func anImageInARegistryElsewhereIsNamedThereAndECRIsNotAsked() async throws {
        let cloud = ScriptedCloud([:], images: Publisher(digest: Self.digest, registryElsewhere: "127.0.0.1:5000"))
        let found = try #require(try await Self.image.read(cloud.scope("image-public")))
        #expect(found.outputs["uri"] == "127.0.0.1:5000/ticket-public@\(Self.digest)")
        #expect(cloud.actions == [])
    }

    @Test func noCallIsMadeForAnImageWhoseRepositoryIsNotKnown() async throws {
        let cloud = ScriptedCloud([:])
        var image = Self.image
        image.repositoryURI = .output(
            OutputReference(node: NodeID(region: "ap-northeast-1", name: "repository-public"), output: "uri"))
        #expect(try await image.read(cloud.scope("image-public")) == nil)
        #expect(cloud.actions == [])
    }
}
