import Foundation

/// Who may take a role on, read from its trust policy
/// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html). What is not understood
/// grants nothing and forbids everything.
struct TrustPolicy {
    private let statements: [[String: Any]]

    /// - Parameter encoded: the document as IAM answers it, percent-encoded; what is no JSON trusts nobody.
    init(percentEncoded encoded: String) {
        let text = encoded.removingPercentEncoding ?? encoded
        let document = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any]
        statements = Self.list(document?["Statement"]).compactMap { $0 as? [String: Any] }
    }

    /// - Parameter context: condition keys in lower case, with what is true of the call.
    func allows(service: String, context: [String: String]) -> Bool {
        func has(_ effect: String, unknown: Bool) -> Bool {
            statements.contains {
                Self.text($0["Effect"]) == effect && Self.applies($0, to: service, context, unknown: unknown)
            }
        }
        return has("Allow", unknown: false) && !has("Deny", unknown: true)
    }

    /// - Parameter unknown: what a member that is not understood counts as.
    private static func applies(
        _ statement: [String: Any], to service: String, _ context: [String: String], unknown: Bool
    ) -> Bool {
        let isNamed = statement["NotPrincipal"] == nil ? names(service, statement["Principal"]) : unknown
        let isAsked =
            statement["NotAction"] == nil
            ? texts(statement["Action"]).contains { matches($0.lowercased(), "sts:assumerole") } : unknown
        return isNamed && isAsked && met(statement, context, unknown: unknown)
    }

    private static func names(_ service: String, _ principal: Any?) -> Bool {
        guard let kinds = principal as? [String: Any] else { return text(principal) == "*" }
        return texts(kinds["Service"]).contains(service) || texts(kinds["AWS"]).contains("*")
    }

    /// - Parameter unknown: what an operator that is not understood counts as.
    private static func met(_ statement: [String: Any], _ context: [String: String], unknown: Bool) -> Bool {
        guard let conditions = statement["Condition"] else { return true }
        guard let operators = conditions as? [String: Any] else { return unknown }
        return operators.allSatisfy { name, keys in
            guard let keys = keys as? [String: Any] else { return unknown }
            return keys.allSatisfy { key, values in
                guard let actual = context[key.lowercased()] else { return unknown }
                switch name.lowercased() {
                case "stringequals": return texts(values).contains(actual)
                // ArnEquals and ArnLike behave the same.
                case "stringlike", "arnlike", "arnequals": return texts(values).contains { matches($0, actual) }
                default: return unknown
                }
            }
        }
    }

    /// "*" is any text, "?" any one character.
    private static func matches(_ pattern: String, _ text: String) -> Bool {
        var (rest, left) = (Substring(pattern), Substring(text))
        var retry: (pattern: Substring, text: Substring)?
        while !left.isEmpty {
            if rest.first == "*" {
                rest.removeFirst()
                retry = (rest, left)
            } else if let wanted = rest.first, wanted == "?" || wanted == left.first {
                rest.removeFirst()
                left.removeFirst()
            } else if let last = retry {
                retry = (last.pattern, last.text.dropFirst())
                (rest, left) = (last.pattern, last.text.dropFirst())
            } else {
                return false
            }
        }
        return rest.allSatisfy { $0 == "*" }
    }

    private static func list(_ value: Any?) -> [Any] { value as? [Any] ?? value.map { [$0] } ?? [] }
    private static func texts(_ value: Any?) -> [String] { list(value).compactMap { $0 as? String } }
    private static func text(_ value: Any?) -> String? { value as? String }
}
