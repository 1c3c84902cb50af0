/// Base 64 for URLs, without padding (RFC 4648, section 5).
enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// The six bits of each byte's character, 255 for a byte that is none.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    static func text(_ bytes: [UInt8], after prefix: String = "") -> String {
        var text = Array(prefix.utf8)
        text.reserveCapacity(text.count + (bytes.count * 4 + 2) / 3)
        var (buffer, bits) = (0, 0)
        for byte in bytes {
            buffer = (buffer << 8 | Int(byte)) & 0xFFFF
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[buffer >> bits & 63])
            }
        }
        if bits > 0 { text.append(alphabet[buffer << (6 - bits) & 63]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// nil for anything that `text` does not make: another character, padding, bits left over that are not zero.
    static func bytes(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        var isWellFormed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: text.count * 3 / 4) { bytes, count in
            guard let written = write(bytesOf: UnsafeRawBufferPointer(text), to: UnsafeMutableRawBufferPointer(bytes))
            else { return }
            isWellFormed = true
            count = written
        }
        return isWellFormed ? bytes : nil
    }

    /// As `bytes(_:)`, into `bytes`, which has room for three bytes of every four characters.
    /// - Returns: how many were written.
    static func write(bytesOf text: UnsafeRawBufferPointer, to bytes: UnsafeMutableRawBufferPointer) -> Int? {
        guard text.count % 4 != 1, bytes.count >= text.count * 3 / 4 else { return nil }
        return values.withUnsafeBufferPointer { values in
            var (index, count) = (0, 0)
            // Four characters are three bytes. What is no character has a bit above the six.
            while index + 4 <= text.count {
                let (one, two) = (values[Int(text[index])], values[Int(text[index + 1])])
                let (three, four) = (values[Int(text[index + 2])], values[Int(text[index + 3])])
                guard (one | two | three | four) < 64 else { return nil }
                bytes[count] = one << 2 | two >> 4
                bytes[count + 1] = two << 4 | three >> 2
                bytes[count + 2] = three << 6 | four
                index += 4
                count += 3
            }
            guard index < text.count else { return count }
            let (one, two) = (values[Int(text[index])], values[Int(text[index + 1])])
            let three = index + 2 < text.count ? values[Int(text[index + 2])] : 0
            let leftOver = text.count - index == 2 ? two & 0x0F : three & 0x03
            guard (one | two | three) < 64, leftOver == 0 else { return nil }
            bytes[count] = one << 2 | two >> 4
            guard text.count - index == 3 else { return count + 1 }
            bytes[count + 1] = two << 4 | three >> 2
            return count + 2
        }
    }
}
