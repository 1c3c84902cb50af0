/// What a registry asks for in `WWW-Authenticate` (RFC 9110 section 11.6.1).
struct RegistryChallenge: Equatable {
    /// Lower case: "basic" or "bearer".
    var scheme: String
    /// Names in lower case.
    var parameters: [String: String] = [:]

    /// The challenges of one header field; what does not parse ends the list.
    static func parse(_ field: String) -> [RegistryChallenge] {
        var rest = Substring(field)
        var challenges: [RegistryChallenge] = []
        func skipSeparators() { rest = rest.drop { $0 == " " || $0 == "\t" || $0 == "," } }
        func token() -> String {
            let token = rest.prefix { !" \t,=\"".contains($0) }
            rest = rest.dropFirst(token.count)
            return String(token)
        }
        func value() -> String? {
            guard rest.first == "\"" else { return token() }
            rest.removeFirst()
            var text = ""
            while let character = rest.popFirst() {
                switch character {
                case "\"": return text
                case "\\": if let next = rest.popFirst() { text.append(next) }
                default: text.append(character)
                }
            }
            return nil
        }
        while true {
            skipSeparators()
            let name = token().lowercased()
            guard !name.isEmpty else { return challenges }
            if rest.first == "=", !challenges.isEmpty {
                rest.removeFirst()
                guard let value = value() else { return challenges }
                challenges[challenges.count - 1].parameters[name] = value
            } else {
                challenges.append(RegistryChallenge(scheme: name))
            }
        }
    }
}
