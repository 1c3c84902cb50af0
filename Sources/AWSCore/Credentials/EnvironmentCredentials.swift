/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`.
struct EnvironmentCredentials: CredentialSource {
    let environment: [String: String]
    let name = "environment"

    func search() throws -> CredentialSearch {
        guard let id = environment["AWS_ACCESS_KEY_ID"] else { return .absent("AWS_ACCESS_KEY_ID is not set") }
        guard let secret = environment["AWS_SECRET_ACCESS_KEY"] else {
            throw CredentialError("AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not: set both or none")
        }
        return .found(
            AWSCredentials(
                accessKeyID: id, secretAccessKey: secret, sessionToken: environment["AWS_SESSION_TOKEN"], source: name))
    }
}
