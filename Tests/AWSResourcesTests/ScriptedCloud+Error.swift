import AWSCore

extension ScriptedCloud {
    /// What the client throws when `service` refuses `action` with `code`.
    static func error(_ service: String, _ action: String, _ code: String) -> AWSError {
        AWSError(code: code, message: "", status: 400, service: service, action: action, region: "ap-northeast-1")
    }
}
