import AWSCore
public import Provisioning

/// One error of AWS and what the executor does about it.
public struct DispositionRule: Sendable {
    /// The service's name as in `AWSService.name`; nil: any.
    public var service: String?
    /// The API's action; nil: any.
    public var action: String?
    public var code: String
    /// A part of AWS's message, compared without case; nil: any.
    public var messageContains: String?
    public var disposition: ErrorDisposition

    public init(
        service: String?, action: String? = nil, code: String, messageContains: String? = nil,
        _ disposition: ErrorDisposition
    ) {
        self.service = service
        self.action = action
        self.code = code
        self.messageContains = messageContains
        self.disposition = disposition
    }

    func matches(_ error: AWSError) -> Bool {
        (service == nil || service == error.service) && (action == nil || action == error.action)
            && code == error.code
            && (messageContains.map { error.message.lowercased().contains($0.lowercased()) } ?? true)
    }
}
