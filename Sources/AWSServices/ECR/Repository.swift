public import AWSCore

extension ECR {
    /// (https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_Repository.html)
    public struct Repository: Decodable, Sendable {
        public var repositoryArn: String
        public var repositoryName: String
        /// "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/name"
        public var repositoryUri: String
        /// "MUTABLE" or "IMMUTABLE".
        public var imageTagMutability: String?
        public var imageScanningConfiguration: ImageScanningConfiguration?
        public var encryptionConfiguration: EncryptionConfiguration?
    }

    public struct ImageScanningConfiguration: Codable, Sendable {
        public var scanOnPush: Bool?

        public init(scanOnPush: Bool) { self.scanOnPush = scanOnPush }
    }

    public struct EncryptionConfiguration: Codable, Sendable {
        /// "AES256", "KMS" or "KMS_DSSE".
        public var encryptionType: String

        public init(encryptionType: String) { self.encryptionType = encryptionType }
    }

    /// (https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html)
    public struct CreateRepository: AWSOperation {
        public static var service: AWSService { ECR.service }

        public var repositoryName: String
        public var imageTagMutability: String
        public var imageScanningConfiguration: ImageScanningConfiguration
        public var encryptionConfiguration: EncryptionConfiguration
        public var tags: [Tag]

        public init(
            repositoryName: String, imageTagMutability: String, imageScanningConfiguration: ImageScanningConfiguration,
            encryptionConfiguration: EncryptionConfiguration, tags: [Tag]
        ) {
            self.repositoryName = repositoryName
            self.imageTagMutability = imageTagMutability
            self.imageScanningConfiguration = imageScanningConfiguration
            self.encryptionConfiguration = encryptionConfiguration
            self.tags = tags
        }

        public struct Output: Decodable, Sendable {
            public var repository: Repository
        }
    }

    /// Lists all repositories (https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRepositories.html).
    public struct DescribeRepositories: AWSPaginated {
        public static var service: AWSService { ECR.service }
        public static var inputToken: WritableKeyPath<Self, String?> { \.nextToken }
        public static func outputToken(_ output: Output) -> String? { output.nextToken }

        /// 1 to 1000.
        public var maxResults: Int
        public var nextToken: String?

        public init(maxResults: Int = 1000) { self.maxResults = maxResults }

        public struct Output: Decodable, Sendable {
            public var repositories: [Repository]
            public var nextToken: String?
        }
    }

    /// (https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListTagsForResource.html)
    public struct ListTagsForResource: AWSOperation {
        public static var service: AWSService { ECR.service }

        public var resourceArn: String

        public init(resourceArn: String) { self.resourceArn = resourceArn }

        public struct Output: Decodable, Sendable {
            public var tags: [Tag]
        }
    }

    /// (https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImageTagMutability.html)
    public struct PutImageTagMutability: AWSOperation {
        public static var service: AWSService { ECR.service }
        public typealias Output = AWSEmpty

        public var repositoryName: String
        public var imageTagMutability: String

        public init(repositoryName: String, imageTagMutability: String) {
            self.repositoryName = repositoryName
            self.imageTagMutability = imageTagMutability
        }
    }

    /// (https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImageScanningConfiguration.html)
    public struct PutImageScanningConfiguration: AWSOperation {
        public static var service: AWSService { ECR.service }
        public typealias Output = AWSEmpty

        public var repositoryName: String
        public var imageScanningConfiguration: ImageScanningConfiguration

        public init(repositoryName: String, imageScanningConfiguration: ImageScanningConfiguration) {
            self.repositoryName = repositoryName
            self.imageScanningConfiguration = imageScanningConfiguration
        }
    }

    /// (https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DeleteRepository.html)
    public struct DeleteRepository: AWSOperation {
        public static var service: AWSService { ECR.service }
        public typealias Output = AWSEmpty

        public var repositoryName: String
        /// Deletes the images in it too.
        public var force: Bool

        public init(repositoryName: String, force: Bool) {
            self.repositoryName = repositoryName
            self.force = force
        }
    }
}
