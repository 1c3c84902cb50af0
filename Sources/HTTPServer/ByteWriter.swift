/// Writes side by side into a space that its owner made large enough. What would not fit is left out.
public struct ByteWriter {
    private let room: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(_ room: UnsafeMutableRawBufferPointer) { self.room = room }

    @inline(__always)
    mutating func write(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, let target = room.baseAddress, bytes.count <= room.count - count
        else { return }
        (target + count).copyMemory(from: source, byteCount: bytes.count)
        count &+= bytes.count
    }

    @inline(__always)
    public mutating func write(_ text: StaticString) {
        write(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Control characters become spaces, so that a header's value cannot end its line.
    mutating func writeFieldValue(_ text: String) {
        var text = text
        let start = count
        text.withUTF8 { write(UnsafeRawBufferPointer($0)) }
        guard !UnsafeRawBufferPointer(rebasing: room[start..<count]).isFieldContent else { return }
        for index in start..<count where room[index] < 0x20 || room[index] == 0x7F { room[index] = 0x20 }
    }

    public mutating func write(decimal number: Int) {
        if number < 0 { write("-") }
        var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
        withUnsafeMutableBytes(of: &digits) { digits in
            var rest = number.magnitude
            var start = digits.count
            repeat {
                start -= 1
                digits[start] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            } while rest > 0
            write(UnsafeRawBufferPointer(rebasing: digits[start...]))
        }
    }

    mutating func writeRequestID(connection: UInt64, serial: UInt32) {
        guard RequestID.byteCount <= room.count - count else { return }
        RequestID.write(
            connection: connection, serial: serial,
            to: UnsafeMutableRawBufferPointer(rebasing: room[count...]))
        count &+= RequestID.byteCount
    }
}
