/// Writes one JSON text (RFC 8259) byte by byte: no tree, no dictionary, members in the order written.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    private var isFirst = true

    init(capacity: Int = 256) { bytes.reserveCapacity(capacity) }

    mutating func object(_ members: (inout JSONWriter) -> Void) { nest("{", "}", members) }

    mutating func array<Element>(_ elements: some Sequence<Element>, _ write: (inout JSONWriter, Element) -> Void) {
        nest("[", "]") { writer in
            for element in elements {
                writer.separate()
                write(&writer, element)
            }
        }
    }

    /// One member of an object, or nothing when `value` is nil.
    mutating func member(_ name: String, _ value: String?) {
        guard let value else { return }
        key(name)
        string(value)
    }

    mutating func member(_ name: String, _ value: Int64) {
        key(name)
        number(value)
    }

    mutating func member(_ name: String, _ value: Double) {
        key(name)
        number(value)
    }

    /// A flag; left out when false.
    mutating func flag(_ name: String, _ value: Bool) {
        guard value else { return }
        key(name)
        raw("true")
    }

    mutating func member(_ name: String, _ value: (inout JSONWriter) -> Void) {
        key(name)
        value(&self)
    }

    mutating func string(_ text: some StringProtocol) {
        bytes.append(UInt8(ascii: "\""))
        defer { bytes.append(UInt8(ascii: "\"")) }
        guard text.utf8.contains(where: Self.needsEscape) else {
            bytes.append(contentsOf: text.utf8)
            return
        }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x0A: raw("\\n")
            case 0x0D: raw("\\r")
            case 0x09: raw("\\t")
            case 0..<0x20, 0x7F:
                raw("\\u00")
                bytes.append(Self.hexDigits[Int(byte >> 4)])
                bytes.append(Self.hexDigits[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F
    }

    mutating func number(_ value: Int64) { raw(String(value)) }

    /// JSON knows no infinity and no NaN: they become null.
    mutating func number(_ value: Double) { raw(value.isFinite ? decimalText(value) : "null") }

    mutating func bool(_ value: Bool) { raw(value ? "true" : "false") }

    /// JSON already made.
    mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

    mutating func newline() { bytes.append(0x0A) }

    /// The comma before each element but the first.
    private mutating func separate() {
        if isFirst { isFirst = false } else { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func key(_ name: String) {
        separate()
        string(name)
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func nest(_ open: String, _ close: String, _ inside: (inout JSONWriter) -> Void) {
        raw(open)
        isFirst = true
        inside(&self)
        isFirst = false
        raw(close)
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)
}

/// The shortest decimal text that reads back as `value`; whole numbers without a fraction.
func decimalText(_ value: Double) -> String {
    value == value.rounded() && value.magnitude < 1e15 ? String(Int64(value)) : "\(value)"
}
