/// Calls `body` with an array of C strings, nil where a text is nil. The pointers hold during the call only.
func withCStrings<Result>(_ texts: [String?], _ body: ([UnsafePointer<CChar>?]) -> Result) -> Result {
    // One buffer for all texts, filled before any pointer is taken.
    var bytes: [UInt8] = []
    var offsets: [Int?] = []
    for text in texts {
        guard let text else {
            offsets.append(nil)
            continue
        }
        offsets.append(bytes.count)
        bytes.append(contentsOf: text.utf8)
        bytes.append(0)
    }
    return bytes.withUnsafeBytes { buffer in
        let start = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
        return body(offsets.map { offset in offset.flatMap { start?.advanced(by: $0) } })
    }
}
