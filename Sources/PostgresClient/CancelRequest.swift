internal import CPostgres
internal import Dispatch

/// Owns one `PGcancel`: asks the server to stop what a session is running.
final class CancelRequest: @unchecked Sendable {  // made for one use; `PQcancel` only reads it, from any thread
    private let pointer: OpaquePointer

    init?(_ connection: OpaquePointer) {
        guard let pointer = PQgetCancel(connection) else { return nil }
        self.pointer = pointer
    }

    deinit { PQfreeCancel(pointer) }

    /// Returns at once. `PQcancel` connects and blocks, so it has a thread of its own; a failure needs no answer
    /// because the session is closed anyway and the server's statement_timeout bounds what runs on.
    func send() {
        DispatchQueue.global().async {
            var words = [CChar](repeating: 0, count: 256)
            _ = PQcancel(self.pointer, &words, Int32(words.count))
        }
    }
}
