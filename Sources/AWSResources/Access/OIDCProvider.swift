import AWSCore
import AWSServices
public import Provisioning

/// An issuer of tokens that roles may trust: GitHub Actions, for deployments without stored keys.
public struct OIDCProvider: AWSResource {
    public static let type = "iam:oidc-provider"
    public static let explanation = """
        Lets jobs of GitHub Actions take on the deploy role without stored keys. One an account and issuer, shared by \
        everything in it: made when it is missing, never deleted. Who may deploy is in the role's trust policy.
        """

    /// "token.actions.githubusercontent.com"
    public var issuer: String
    /// What tokens must be meant for, "sts.amazonaws.com".
    public var audience: String

    public init(issuer: String, audience: String) {
        self.issuer = issuer
        self.audience = audience
    }

    public var isShared: Bool { true }

    /// What `GetOpenIDConnectProvider` says of it.
    public struct Observed: Sendable, Equatable {
        public var audiences: Set<String>
    }

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        do {
            let found = try await scope.send(IAM.GetOpenIDConnectProvider(openIDConnectProviderArn: arn(scope)))
            return observation(arn(scope), found.clientIDList)
        } catch let error as AWSError where error.code == "NoSuchEntity" {
            return nil
        }
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        // Without thumbprints: IAM trusts the issuer's certificate authority itself.
        let made = try await scope.send(
            IAM.CreateOpenIDConnectProvider(
                url: "https://\(issuer)", clientIDList: [audience], tags: .init(scope.tags.all)))
        return observation(made.openIDConnectProviderArn, [audience])
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        // Others' audiences are none of our business.
        let wanted: Set = [audience]
        list.compare("audience", observed: observed.audiences.intersection(wanted), desired: wanted)
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        _ = try await scope.send(
            IAM.AddClientIDToOpenIDConnectProvider(openIDConnectProviderArn: arn(scope), clientID: audience))
        return nil
    }

    /// Nothing: it is shared.
    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {}

    public func permissions(at place: Place) -> [Permission] {
        [
            Permission(
                [
                    "iam:AddClientIDToOpenIDConnectProvider", "iam:CreateOpenIDConnectProvider",
                    "iam:GetOpenIDConnectProvider", "iam:TagOpenIDConnectProvider",
                ], on: [place.arn("iam", "oidc-provider/\(issuer)", global: true)])
        ]
    }

    private func arn(_ scope: Scope<AWSCloud>) -> String {
        "arn:\(scope.cloud.partition):iam::\(scope.cloud.account):oidc-provider/\(issuer)"
    }

    private func observation(_ arn: String, _ audiences: [String]) -> Observation<Observed> {
        Observation(
            Observed(audiences: Set(audiences)), identity: arn, outputs: ["arn": arn],
            // One an account, whoever made it: adopted, not owned.
            owner: .inherited)
    }
}
