internal import Foundation
internal import GRDB
internal import Ticketing

/// The file behind `EmbeddedDatabase`: made private, opened by one process at a time, and its failures in words.
enum EmbeddedFile {
    static let store = "embedded database"

    /// - Returns: the folder, which exists.
    static func prepareFolder(of path: String) throws(StoreError) -> String {
        let folder = (path as NSString).deletingLastPathComponent
        let name = folder.isEmpty ? "." : folder
        do {
            try FileManager.default.createDirectory(
                atPath: name, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StoreError(
                .unavailable, store: store,
                "cannot make the folder \(name): \(reason(error)); next: choose another with --data-dir")
        }
        return name
    }

    /// Makes the file if there is none; it and what SQLite puts beside it are this user's alone (SQLite gives its
    /// companions the permissions of the file).
    static func prepare(_ path: String) throws(StoreError) {
        // Never opened if it is there already: closing it would drop the locks that this process has by SQLite
        // (https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
        let descriptor = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            Glibc.close(descriptor)
        } else if errno != EEXIST {
            throw failure("cannot make \(path)")
        } else if chmod(path, 0o600) != 0 {
            throw failure("cannot make \(path) private")
        }
    }

    /// Runs `body` while no other process opens a database in `folder`: changing the journal's mode and the tables must
    /// not meet the same elsewhere.
    static func exclusively<Result>(
        in folder: String, within limit: Duration = .seconds(30), _ body: () throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot open the folder \(folder)") }
        defer { Glibc.close(descriptor) }
        let deadline = ContinuousClock.now + limit
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else { throw failure("cannot lock the folder \(folder)") }
            guard ContinuousClock.now < deadline else {
                throw StoreError(
                    .unavailable, store: store,
                    "another process has been opening the database in \(folder) for \(limit); next: end it, or try again"
                )
            }
            usleep(10_000)
        }
        return try body()
    }

    /// What opening met.
    static func unusable(_ path: String, _ error: any Error) -> StoreError {
        guard let database = error as? DatabaseError else { return StoreError(error, store: store) }
        switch database.resultCode {
        case .SQLITE_NOTADB, .SQLITE_CORRUPT:
            return StoreError(
                .invalid, store: store,
                "\(path) is not a sound SQLite database (\(words(database))); next: move it away, or choose another "
                    + "--data-dir")
        case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM:
            return StoreError(
                .unavailable, store: store,
                "\(path) cannot be written (\(words(database))); next: check its permissions and its folder's, or "
                    + "choose another --data-dir")
        default:
            return StoreError(database, store: store)
        }
    }

    /// "SQLite 13: database or disk is full".
    static func words(_ error: DatabaseError) -> String {
        "SQLite \(error.extendedResultCode.rawValue): \(error.message ?? "no message")"
    }

    private static func failure(_ what: String) -> StoreError {
        StoreError(
            .unavailable, store: store,
            "\(what): \(String(cString: strerror(errno))); next: choose another folder with --data-dir")
    }

    private static func reason(_ error: any Error) -> String {
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        if let underlying, underlying.domain == NSPOSIXErrorDomain {
            return String(cString: strerror(Int32(truncatingIfNeeded: underlying.code)))
        }
        return (error as NSError).localizedDescription
    }
}

extension StoreError {
    /// A failure of SQLite in the words of the ports. SQLite names tables and columns in its messages, never values.
    init(_ error: any Error, store: String) {
        switch error {
        case let error as StoreError:
            self = error
        case let error as DatabaseError:
            let words = EmbeddedFile.words(error)
            switch error.resultCode {
            case .SQLITE_FULL:
                self.init(.unavailable, store: store, "\(words); next: free space on the volume of --data-dir")
            case .SQLITE_BUSY, .SQLITE_LOCKED:
                self.init(.unavailable, store: store, "another process has kept the file locked: \(words)")
            case .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_NOMEM, .SQLITE_MISUSE,
                .SQLITE_PROTOCOL, .SQLITE_ABORT, .SQLITE_INTERRUPT:
                self.init(.unavailable, store: store, words)
            default:
                self.init(.invalid, store: store, words)
            }
        default:
            self.init(.invalid, store: store, "a row cannot be understood (\(type(of: error)))")
        }
    }
}
