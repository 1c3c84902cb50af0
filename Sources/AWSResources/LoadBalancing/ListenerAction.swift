import AWSServices

/// What a listener does with a request that no rule takes.
public enum ListenerAction: String, Encodable, Sendable, Equatable {
    /// 404 with the API's error document.
    case notFound
    /// 301 to the same address on port 443.
    case redirectToHTTPS

    var wire: ELBv2.Action {
        switch self {
        case .notFound:
            ELBv2.Action(
                type: "fixed-response",
                fixedResponseConfig: ELBv2.Action.FixedResponse(
                    contentType: "application/json",
                    messageBody: #"{"error":"not_found","message":"no such path: see /public and /confirm"}"#,
                    statusCode: "404"))
        case .redirectToHTTPS:
            ELBv2.Action(
                type: "redirect",
                redirectConfig: ELBv2.Action.Redirect(protocol: "HTTPS", port: "443", statusCode: "HTTP_301"))
        }
    }
}

extension [ELBv2.Action] {
    /// What they do, for comparing: "redirect HTTPS 443 HTTP_301". Settings that ELB fills in are left out.
    var summary: String {
        map { action in
            let facts = [
                action.type, action.targetGroupArn, action.redirectConfig?.protocol, action.redirectConfig?.port,
                action.redirectConfig?.statusCode, action.fixedResponseConfig?.statusCode,
                action.fixedResponseConfig?.contentType, action.fixedResponseConfig?.messageBody,
            ]
            return facts.compactMap(\.self).joined(separator: " ")
        }.joined(separator: ", ")
    }
}
