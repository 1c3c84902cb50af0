public import AWSCore
public import Foundation

extension SecretsManager {
    /// What is known of a secret besides its value
    /// (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_SecretListEntry.html).
    public struct Secret: Decodable, Sendable {
        public var arn: String
        public var name: String
        public var description: String?
        /// When it was scheduled for deletion; nil: it is not.
        public var deletedDate: Date?
        public var tags: [Tag]
        /// Version to its labels, of which AWSCURRENT is the value that is read; empty in lists.
        public var versionIdsToStages: [String: [String]]
    }

    /// Lists secrets without their values; a change may take minutes to show.
    /// (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html)
    public struct ListSecrets: AWSPaginated {
        public static var service: AWSService { SecretsManager.service }
        public static var inputToken: WritableKeyPath<Self, String?> { \.nextToken }
        public static func outputToken(_ output: Output) -> String? { output.nextToken }

        /// Whether to list those scheduled for deletion too.
        public var includePlannedDeletion: Bool
        public var filters: [Filter]
        /// 1 to 100.
        public var maxResults: Int
        public var nextToken: String?

        public init(includePlannedDeletion: Bool, filters: [Filter], maxResults: Int = 100) {
            self.includePlannedDeletion = includePlannedDeletion
            self.filters = filters
            self.maxResults = maxResults
        }

        public struct Output: Decodable, Sendable {
            public var secretList: [Secret]
            public var nextToken: String?
        }
    }

    /// (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html)
    public struct DescribeSecret: AWSOperation {
        public static var service: AWSService { SecretsManager.service }
        public typealias Output = Secret

        /// Name or ARN.
        public var secretId: String

        public init(secretId: String) { self.secretId = secretId }
    }

    /// (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html)
    public struct CreateSecret: AWSOperation {
        public static var service: AWSService { SecretsManager.service }

        public var name: String
        public var description: String
        public var secretString: String
        public var tags: [Tag]

        public init(name: String, description: String, secretString: String, tags: [Tag]) {
            self.name = name
            self.description = description
            self.secretString = secretString
            self.tags = tags
        }

        public struct Output: Decodable, Sendable {
            public var arn: String
        }
    }

    /// Changes the description; the value stays.
    /// (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecret.html)
    public struct UpdateSecret: AWSOperation {
        public static var service: AWSService { SecretsManager.service }
        public typealias Output = AWSEmpty

        public var secretId: String
        public var description: String

        public init(secretId: String, description: String) {
            self.secretId = secretId
            self.description = description
        }
    }

    /// Schedules a deletion; until it happens the name is taken.
    /// (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html)
    public struct DeleteSecret: AWSOperation {
        public static var service: AWSService { SecretsManager.service }
        public typealias Output = AWSEmpty

        public var secretId: String
        /// 7 to 30.
        public var recoveryWindowInDays: Int

        public init(secretId: String, recoveryWindowInDays: Int) {
            self.secretId = secretId
            self.recoveryWindowInDays = recoveryWindowInDays
        }
    }

    /// Takes a scheduled deletion back; the value is as it was.
    /// (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RestoreSecret.html)
    public struct RestoreSecret: AWSOperation {
        public static var service: AWSService { SecretsManager.service }
        public typealias Output = AWSEmpty

        public var secretId: String

        public init(secretId: String) { self.secretId = secretId }
    }
}
