extension String {
    /// Whether the bytes are the same, as stores compare: `==` takes composed and decomposed letters for one text, and so
    /// two users for one.
    public func isSameText(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }

    /// Then `==` compares bytes, too.
    public var isASCII: Bool { utf8.allSatisfy { $0 < 0x80 } }
}

extension [String] {
    /// Whether the texts have the same bytes, one by one.
    public func areSameTexts(as other: [String]) -> Bool {
        count == other.count && zip(self, other).allSatisfy { $0.isSameText(as: $1) }
    }
}
