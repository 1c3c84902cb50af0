import Foundation
import Synchronization

/// Data for stdout, gathered into large writes. A reader that went away, or a full disk, is an error: what was not
/// written was not delivered.
final class StandardOutput: Sendable {
    private static let capacity = 64 * 1024
    private let pending = Mutex<[UInt8]>([])

    /// - Throws: `OutputFailure`.
    func line(_ text: String) throws {
        try pending.withLock { pending in
            pending += text.utf8
            pending.append(UInt8(ascii: "\n"))
            if pending.count >= Self.capacity { try Self.write(&pending) }
        }
    }

    /// Writes what is left.
    func flush() throws { try pending.withLock { try Self.write(&$0) } }

    private static func write(_ pending: inout [UInt8]) throws {
        guard !pending.isEmpty else { return }
        do {
            try FileHandle.standardOutput.write(contentsOf: pending)
            pending.removeAll(keepingCapacity: true)
        } catch {
            throw OutputFailure(reason: String(cString: strerror(errno)))
        }
    }
}

/// stdout did not take everything.
struct OutputFailure: Error, CustomStringConvertible {
    var reason: String
    var description: String {
        "stdout cannot be written (\(reason)): what was printed is not complete; write to another place and run it again"
    }
}
