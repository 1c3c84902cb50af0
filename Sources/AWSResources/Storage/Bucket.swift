import AWSCore
import AWSServices
public import Provisioning

/// A private bucket of S3 whose objects are gone after some days.
///
/// Not managed, since every new bucket has them: encryption by S3's own keys (SSE-S3, since January 2023,
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html) and no ACLs (since April 2023,
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html).
public struct Bucket: AWSResource {
    public static let type = "s3:bucket"
    public static let explanation = """
        Where the tasks of a load run get their orders and leave their results. Private, TLS only, encrypted by S3. Costs \
        by the GB-month, which the lifecycle bounds, by the request, and by the GB that goes to another region; empty it \
        costs nothing. Its name is taken for everybody, so it ends in the account and the region.
        """

    /// 3 to 63 lower-case letters, digits and hyphens.
    public var name: String
    /// What the keys begin with: "runs/".
    public var prefix: String
    public var expirationDays: Int

    public init(name: String, prefix: String, expirationDays: Int) {
        self.name = name
        self.prefix = prefix
        self.expirationDays = expirationDays
    }

    /// What `GetPublicAccessBlock`, `GetBucketPolicy` and `GetBucketLifecycleConfiguration` say of it.
    public struct Observed: Sendable, Equatable {
        public var arn: String
        /// Setting to "true" or "false"; empty: none of them.
        public var publicAccessBlock: [String: String]
        /// Canonical statements by Sid.
        public var policy: [String: String]
        /// What each rule does, by its ID.
        public var lifecycle: [String: String]
    }

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        let owner = scope.tags.owner(of: try await tags(scope))
        guard owner == .ours else {
            return observation(
                Observed(arn: arn(scope), publicAccessBlock: [:], policy: [:], lifecycle: [:]), owner)
        }
        let account = scope.cloud.account
        async let block = setting(scope, S3.GetPublicAccessBlock(bucket: name, owner: account))
        async let policy = setting(scope, S3.GetBucketPolicy(bucket: name, owner: account))
        async let rules = setting(scope, S3.GetBucketLifecycleConfiguration(bucket: name, owner: account))
        let observed = try await Observed(
            arn: arn(scope), publicAccessBlock: block.map(Self.settings) ?? [:],
            policy: policy.map { PolicyMeaning($0.policy).statements } ?? [:],
            lifecycle: Self.settings(of: rules?.rule ?? []))
        return observation(observed, owner)
    }

    private func tags(_ scope: Scope<AWSCloud>) async throws -> [String: String] {
        do {
            let tagging = try await setting(scope, S3.GetBucketTagging(bucket: name, owner: scope.cloud.account))
            return tagging?.all.byKey ?? [:]
        } catch let error as AWSError
            where error.code == "AccessDenied" && !error.message.contains("not authorized to perform")
        {
            // Within the account S3 names the permission that lacks; it says no more about what is another's
            // (https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html).
            throw ProvisioningError(
                .foreign,
                "the bucket \(name) is there but closed: another account has that name, or s3:GetBucketTagging on it is "
                    + "not allowed",
                next: "compare the policy with `tickctl iam policy`; if that is not it, choose another APP_NAME",
                underlying: error)
        }
    }

    /// nil: the bucket has no such setting.
    private func setting<Operation: S3.Operation>(
        _ scope: Scope<AWSCloud>, _ operation: Operation
    ) async throws -> Operation.Output? {
        do {
            return try await scope.send(operation)
        } catch let error as AWSError where Self.absentSettings.contains(error.code) {
            return nil
        }
    }

    private static let absentSettings: Set<String> = [
        "NoSuchTagSet", "NoSuchPublicAccessBlockConfiguration", "NoSuchBucketPolicy", "NoSuchLifecycleConfiguration",
    ]

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        do {
            _ = try await scope.send(
                S3.CreateBucket(bucket: name, region: scope.region, tags: .init(scope.tags.all)))
        } catch let error as AWSError where error.code == "BucketAlreadyExists" {
            throw ProvisioningError(
                .foreign, "the bucket \(name) is another account's: names are taken for everybody",
                next: "choose another APP_NAME", underlying: error)
        }
        try await UnfinishedCreation.guarding(name) {
            try await putPublicAccessBlock(scope)
            try await putPolicy(scope)
            try await putLifecycle(scope)
        }
        return observation(
            Observed(
                arn: arn(scope), publicAccessBlock: Self.settings(.init(all: true)), policy: policy(arn(scope)),
                lifecycle: Self.settings(of: rules)),
            .ours)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        list.compare(
            "publicAccessBlock", observed: observed.publicAccessBlock, desired: Self.settings(.init(all: true)))
        list.compare("policy", observed: observed.policy, desired: policy(observed.arn))
        list.compare("lifecycle", observed: observed.lifecycle, desired: Self.settings(of: rules))
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        func isChanged(_ setting: String) -> Bool { changes.contains { $0.setting.hasPrefix(setting + "[") } }
        // First what closes it.
        if isChanged("publicAccessBlock") { try await putPublicAccessBlock(scope) }
        if isChanged("policy") { try await putPolicy(scope) }
        if isChanged("lifecycle") { try await putLifecycle(scope) }
        return nil
    }

    /// Empties the bucket, a page at a time, and takes it away. A run that was stopped goes on where it was. Versions go
    /// too, since a bucket that somebody gave versions is not empty before; unfinished uploads hinder nothing.
    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        let account = scope.cloud.account
        for _ in 0..<Self.maximumPages {
            let page = try await scope.send(S3.ListObjectVersions(bucket: name, owner: account))
            let versions = page.version + page.deleteMarker
            guard !versions.isEmpty else {
                // An object written meanwhile: BucketNotEmpty, and this begins again.
                _ = try await scope.send(S3.DeleteBucket(bucket: name, owner: account))
                return
            }
            let deletion = S3.DeleteObjects(bucket: name, owner: account, versions: versions)
            let refusals = try await scope.send(deletion).error
            if let refusal = refusals.first {
                throw ProvisioningError(
                    .failed,
                    "\(refusals.count) objects of the bucket \(name) were not deleted, such as \(refusal.key): "
                        + "\(refusal.code): \(refusal.message ?? "no message came with it")",
                    next: "allow s3:DeleteObject and s3:DeleteObjectVersion on them, then run the same command again")
            }
        }
        throw ProvisioningError(
            .failed, "the bucket \(name) still has objects after \(Self.maximumPages * 1000) were deleted",
            next: "stop what writes to it, then run the same command again: it goes on from here")
    }

    /// Of 1,000 versions each.
    private static let maximumPages = 1000

    public func permissions(at place: Place) -> [Permission] {
        let bucket = "arn:\(place.partition):s3:::\(name)"
        return [
            Permission(
                [
                    "s3:CreateBucket", "s3:DeleteBucket", "s3:GetBucketPolicy", "s3:GetBucketPublicAccessBlock",
                    "s3:GetBucketTagging", "s3:GetLifecycleConfiguration", "s3:ListBucketVersions",
                    "s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock", "s3:PutLifecycleConfiguration",
                    "s3:TagResource",
                ], on: [bucket]),
            Permission(["s3:DeleteObject", "s3:DeleteObjectVersion"], on: [bucket + "/*"]),
        ]
    }

    // MARK: Settings

    /// Results go after their days; parts of an upload that was never finished, which no list shows, after one.
    private var rules: [S3.LifecycleRule] {
        [
            S3.LifecycleRule(id: "expire", prefix: prefix, expirationDays: expirationDays),
            S3.LifecycleRule(id: "abort-uploads", prefix: "", abortUploadsAfterDays: 1),
        ]
    }

    /// Refuses every call that does not come by TLS.
    private func policyDocument(_ arn: String) -> PolicyDocument {
        PolicyDocument([
            .init(
                "TLSOnly", effect: "Deny", principal: ["AWS": ["*"]], actions: ["s3:*"], resources: [arn, arn + "/*"],
                conditions: ["Bool": ["aws:SecureTransport": ["false"]]])
        ])
    }

    private func policy(_ arn: String) -> [String: String] {
        guard let json = try? policyDocument(arn).json else { preconditionFailure("a policy of texts always encodes") }
        return PolicyMeaning(json).statements
    }

    private func putPublicAccessBlock(_ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(
            S3.PutPublicAccessBlock(bucket: name, owner: scope.cloud.account, configuration: .init(all: true)))
    }

    private func putPolicy(_ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(
            S3.PutBucketPolicy(
                bucket: name, owner: scope.cloud.account, policy: try policyDocument(arn(scope)).json))
    }

    private func putLifecycle(_ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(
            S3.PutBucketLifecycleConfiguration(
                bucket: name, owner: scope.cloud.account, configuration: .init(rules: rules)))
    }

    private static func settings(_ block: S3.PublicAccessBlockConfiguration) -> [String: String] {
        [
            "blockPublicAcls": block.blockPublicAcls, "ignorePublicAcls": block.ignorePublicAcls,
            "blockPublicPolicy": block.blockPublicPolicy, "restrictPublicBuckets": block.restrictPublicBuckets,
        ].mapValues { String($0) }
    }

    private static func settings(of rules: [S3.LifecycleRule]) -> [String: String] {
        let texts = rules.map { rule in
            var parts = ["\(rule.status) for \"\(rule.filter?.prefix ?? "")\""]
            if let days = rule.expiration?.days { parts.append("expire after \(days) days") }
            if let days = rule.abortIncompleteMultipartUpload?.daysAfterInitiation {
                parts.append("abort uploads after \(days) days")
            }
            return (rule.id ?? "", parts.joined(separator: ", "))
        }
        return Dictionary(texts, uniquingKeysWith: { $0 + "; " + $1 })
    }

    private func arn(_ scope: Scope<AWSCloud>) -> String { "arn:\(scope.cloud.partition):s3:::\(name)" }

    private func observation(_ observed: Observed, _ owner: Owner) -> Observation<Observed> {
        Observation(observed, identity: observed.arn, outputs: ["arn": observed.arn, "name": name], owner: owner)
    }
}

extension Placed where R == Bucket {
    public var arn: Input { output("arn") }
    public var name: Input { output("name") }
}
