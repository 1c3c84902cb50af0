import Foundation
import OpenSSLCrypto

/// The folder of the embedded stores: the database's file and the keys that no setting gives, made on first use and kept,
/// so that room tokens survive a restart.
struct DataFolder {
    let path: String

    /// - Throws: an error naming the folder that cannot be made.
    init(path: String) throws {
        self.path = path
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
            let reason =
                underlying.map { String(cString: strerror(Int32(truncatingIfNeeded: $0.code))) }
                ?? error.localizedDescription
            throw Refusal(
                description: "the data folder \(path) cannot be made: \(reason); choose another with --data-dir")
        }
    }

    var databasePath: String { path + "/tickctl.sqlite" }

    /// The key kept under a name; 64 hex digits, readable by this user only.
    func key(_ name: String) throws -> [UInt8] {
        let file = path + "/" + name
        if let text = try? String(contentsOfFile: file, encoding: .utf8) {
            let digits = text.trimmingCharacters(in: .whitespacesAndNewlines)
            guard digits.utf8.count >= 32 else {
                throw Refusal(description: "\(file) is not a key of tickctl's; remove it, and a new one is made")
            }
            return Array(digits.utf8)
        }
        let digits = hexadecimal(secureRandomBytes(count: 32))
        // Exclusive: of two processes that start at once, one makes it and the other reads it.
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        guard descriptor >= 0 else {
            guard errno == EEXIST else {
                throw Refusal(description: "\(file) cannot be written: \(String(cString: strerror(errno)))")
            }
            usleep(50_000)
            return try key(name)
        }
        defer { close(descriptor) }
        let written = digits.withCString { write(descriptor, $0, strlen($0)) }
        guard written == digits.utf8.count else {
            unlink(file)
            throw Refusal(description: "\(file) cannot be written: \(String(cString: strerror(errno)))")
        }
        return Array(digits.utf8)
    }
}
