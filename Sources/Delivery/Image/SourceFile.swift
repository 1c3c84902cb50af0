internal import Foundation
internal import Glibc

/// A regular file of this machine and what tells whether it has changed.
struct SourceFile {
    struct Identity: Hashable {
        var device: UInt64
        var number: UInt64
    }

    /// Absolute or relative to the working folder; symbolic links are followed.
    var path: String
    var identity: Identity
    /// Bytes.
    var size: Int
    /// Changes with every write, rename, chmod and replacement, unlike a modification time that tools set at will.
    var version: String
    var isExecutable: Bool

    /// - Throws: `DeliveryError` `.inputUnreadable`.
    init(at path: String) throws(DeliveryError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw unreadable(path, systemError()) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw unreadable(path, "it is no regular file") }
        self.path = path
        identity = Identity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
        size = Int(status.st_size)
        version = [
            status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec,
        ].map { String($0) }.joined(separator: ".")
        isExecutable = status.st_mode & S_IXUSR != 0
    }
}

/// A file of this machine that is being read.
struct InputFile: ~Copyable {
    private let path: String
    private let handle: FileHandle

    /// - Throws: `DeliveryError` `.inputUnreadable`, like every call of this type.
    init(opening path: String) throws(DeliveryError) {
        self.path = path
        do {
            handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        } catch {
            throw unreadable(path, "\(error)")
        }
    }

    deinit { try? handle.close() }

    /// Up to `count` bytes from where the last read ended, or from `offset`; fewer only at the end.
    func read(_ count: Int, at offset: Int? = nil) throws(DeliveryError) -> [UInt8] {
        do {
            if let offset { try handle.seek(toOffset: UInt64(offset)) }
            return try handle.read(upToCount: count).map { Array($0) } ?? []
        } catch {
            throw unreadable(path, "\(error)")
        }
    }
}

/// The status of a path itself, a symbolic link not followed.
/// - Throws: `DeliveryError` `.inputUnreadable`.
func fileStatus(_ path: String) throws(DeliveryError) -> stat {
    var status = stat()
    guard lstat(path, &status) == 0 else { throw unreadable(path, systemError()) }
    return status
}

func unreadable(_ path: String, _ why: String) -> DeliveryError {
    DeliveryError(
        .inputUnreadable, "\(path), which goes into the image, cannot be read: \(why)",
        next: "restore the file or its permissions and run again")
}

/// The system's words for the last failed call.
func systemError(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }
