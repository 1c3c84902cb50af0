import AWSServices

// "none", or "whitelist: cursor, section": a policy's choice of headers, cookies or query strings as one text.

extension CloudFront.HeadersConfig {
    var summary: String { forwardingSummary(headerBehavior, headers) }
}

extension CloudFront.CookiesConfig {
    var summary: String { forwardingSummary(cookieBehavior, cookies) }
}

extension CloudFront.QueryStringsConfig {
    var summary: String { forwardingSummary(queryStringBehavior, queryStrings) }
}

private func forwardingSummary(_ behavior: String, _ names: CloudFront.Names?) -> String {
    guard let names, !names.all.isEmpty else { return behavior }
    return "\(behavior): \(names.all.sorted().joined(separator: ", "))"
}
