public import AWSCore

extension ECR {
    /// A digest or a tag.
    public struct ImageIdentifier: Codable, Sendable {
        public var imageDigest: String?
        public var imageTag: String?

        public init(imageDigest: String) { self.imageDigest = imageDigest }

        public init(imageTag: String) { self.imageTag = imageTag }
    }

    /// The images named, at most 100; unlike `DescribeImages` it answers when some of them do not exist
    /// (https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchGetImage.html).
    public struct BatchGetImage: AWSOperation {
        public static var service: AWSService { ECR.service }

        public var repositoryName: String
        public var imageIds: [ImageIdentifier]
        /// Manifests of other types would be converted, which changes their digest.
        public var acceptedMediaTypes = ["application/vnd.oci.image.manifest.v1+json"]

        public init(repositoryName: String, imageIds: [ImageIdentifier]) {
            self.repositoryName = repositoryName
            self.imageIds = imageIds
        }

        public struct Output: Decodable, Sendable {
            /// One an identifier that exists; the answer to a tag carries the digest too.
            public var images: [Image]
        }
    }

    public struct Image: Decodable, Sendable {
        public var imageId: ImageIdentifier
    }
}
