import Yams

extension Stack {
    /// Every value as YAML that `StackFile` reads back.
    public func yaml() throws -> String {
        let encoder = YAMLEncoder()
        encoder.options.indent = 2
        return try encoder.encode(self)
    }
}
