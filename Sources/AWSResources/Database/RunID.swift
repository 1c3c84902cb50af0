import Foundation
import OpenSSLCrypto

/// Names this process in what it makes only once a run: a final snapshot, a migration task.
enum RunID {
    /// When it was first asked for and three random bytes: "20260131-235959-1f2e3d".
    static let current: String = {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "UTC")
        formatter.dateFormat = "yyyyMMdd-HHmmss"
        return "\(formatter.string(from: Date()))-\(hexadecimal(secureRandomBytes(count: 3)))"
    }()
}
