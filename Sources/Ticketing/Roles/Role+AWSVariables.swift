extension Role {
    /// What every role's AWS client takes from the environment, as the AWS SDKs do; a task of ECS needs none of it but what
    /// ECS sets (https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html).
    static let awsVariables: [RoleDeclaration.Variable] = [
        ("AWS_ACCESS_KEY_ID", "credentials"),
        ("AWS_SECRET_ACCESS_KEY", "credentials"),
        ("AWS_SESSION_TOKEN", "credentials, if they are temporary"),
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "where the task's credentials are; ECS sets it"),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "where the container's credentials are"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "sent to AWS_CONTAINER_CREDENTIALS_FULL_URI"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "the file of that token"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "the file of an OpenID Connect token to be exchanged for credentials"),
        ("AWS_ROLE_ARN", "the role that it is exchanged for"),
        ("AWS_ROLE_SESSION_NAME", "the name of that session"),
        ("AWS_PROFILE", "profile of the shared files; default where it is not set"),
        ("AWS_DEFAULT_PROFILE", "as AWS_PROFILE, which goes before it"),
        ("AWS_CONFIG_FILE", "the shared configuration; ~/.aws/config where it is not set"),
        ("AWS_SHARED_CREDENTIALS_FILE", "the shared credentials; ~/.aws/credentials where it is not set"),
        ("HOME", "the folder that ~ stands for"),
        ("AWS_EC2_METADATA_DISABLED", "true: the instance's metadata service is not asked for credentials"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "URL of the instance's metadata service"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv4 or IPv6; IPv4 where it is not set"),
        ("AWS_METADATA_SERVICE_TIMEOUT", "seconds that it has to answer; 1 where it is not set"),
        ("AWS_DEFAULT_REGION", "as AWS_REGION, which goes before it"),
        (
            "AWS_CA_BUNDLE",
            "file of the authorities that AWS's certificates may be of; the system's where it is not set"
        ),
        ("AWS_MAX_ATTEMPTS", "attempts of a call by the control half; the services have their own"),
        ("AWS_ENDPOINT_URL", "URL of every service of AWS, for emulators"),
        ("AWS_ENDPOINT_URL_DYNAMODB", "URL of DynamoDB, which goes before it"),
        ("AWS_ENDPOINT_URL_SQS", "URL of SQS, which goes before it"),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "URL of Secrets Manager, which goes before it"),
        ("AWS_ENDPOINT_URL_STS", "URL of STS, which goes before it"),
        ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true: none of these URLs is used"),
    ].map { RoleDeclaration.Variable($0, .unset, purpose: $1) }
}
