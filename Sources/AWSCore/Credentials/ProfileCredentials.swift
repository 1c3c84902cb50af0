import Foundation

/// The selected profile of the shared files, in the order: an assumed role, keys, IAM Identity Center, a process.
/// (https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html)
struct ProfileCredentials: CredentialSource {
    let context: CredentialContext

    var name: String { "profile " + context.configuration.profileName }
    private var files: ProfileFiles { context.configuration.files }

    func search() async throws -> CredentialSearch {
        let profile = context.configuration.profileName
        guard files[.profile(profile)] != nil else {
            return .absent("neither in \(files.configPath) nor in \(files.credentialsPath)")
        }
        if let credentials = try await credentials(of: profile, on: []) { return .found(credentials) }
        guard !context.configuration.isProfileNamed else {
            throw CredentialError("has no keys, role_arn, sso_account_id or credential_process: run `aws configure`")
        }
        return .absent("it has no credentials in it")
    }

    /// `path`: the profiles whose `source_profile` led here.
    private func credentials(of profile: String, on path: [String]) async throws -> AWSCredentials? {
        guard let settings = files[.profile(profile)] else {
            throw CredentialError("source_profile names \(profile.debugDescription), which does not exist")
        }
        // A profile may be its own source of keys.
        if let role = settings["role_arn"], path.last != profile {
            return try await assume(role, profile, settings, path)
        }
        if let id = settings["aws_access_key_id"] {
            guard let secret = settings["aws_secret_access_key"] else {
                throw CredentialError("profile \(profile) has aws_access_key_id and no aws_secret_access_key")
            }
            return AWSCredentials(
                accessKeyID: id, secretAccessKey: secret, sessionToken: settings["aws_session_token"],
                source: "profile \(profile)")
        }
        if settings["sso_account_id"] != nil || settings["sso_role_name"] != nil {
            return try await SSOCredentials(context: context, profile: profile, settings: settings).credentials()
        }
        if let command = settings["credential_process"] {
            return try await ProcessCredentials(command: command, environment: context.environment)
                .credentials(source: "profile \(profile) (credential_process)")
        }
        return nil
    }

    private func assume(
        _ role: String, _ profile: String, _ settings: [String: String], _ path: [String]
    ) async throws -> AWSCredentials {
        if let file = settings["web_identity_token_file"] {
            return try await WebIdentityCredentials(context: context).credentials(
                role: role, tokenFile: file, sessionName: settings["role_session_name"], source: "profile \(profile)")
        }
        if settings["mfa_serial"] != nil {
            throw CredentialError(
                "profile \(profile) wants an MFA code, which cannot be asked for here: run "
                    + "`eval \"$(aws configure export-credentials --profile \(profile) --format env)\"` first")
        }
        let source = try await source(of: profile, settings, path)
        return try await AssumeRole(
            roleArn: role, roleSessionName: settings["role_session_name"] ?? context.sessionName,
            durationSeconds: settings["duration_seconds"].flatMap { Int($0) }, externalId: settings["external_id"]
        ).credentials(context, signing: source, source: "profile \(profile) (role)")
    }

    private func source(
        of profile: String, _ settings: [String: String], _ path: [String]
    ) async throws -> AWSCredentials {
        if let source = settings["source_profile"] {
            guard !path.contains(source) else {
                throw CredentialError(
                    "source_profile goes in a circle: \((path + [profile, source]).joined(separator: " -> "))")
            }
            if let credentials = try await credentials(of: source, on: path + [profile]) { return credentials }
            throw CredentialError("source_profile \(source) of profile \(profile) has no credentials")
        }
        let provider: any CredentialSource
        switch settings["credential_source"] {
        case "Environment": provider = EnvironmentCredentials(environment: context.environment)
        case "EcsContainer": provider = ContainerCredentials(context: context)
        case "Ec2InstanceMetadata": provider = InstanceCredentials(context: context)
        case let other?:
            throw CredentialError(
                "profile \(profile): credential_source is Environment, EcsContainer or Ec2InstanceMetadata, not "
                    + other.debugDescription)
        case nil:
            throw CredentialError(
                "profile \(profile) has a role_arn without source_profile, credential_source or web_identity_token_file"
            )
        }
        switch try await provider.search() {
        case .found(let credentials): return credentials
        case .absent(let reason): throw CredentialError("credential_source \(provider.name): \(reason)")
        }
    }
}
