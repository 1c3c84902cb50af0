import Foundation

/// A range of a file, read piece by piece. Owns the descriptor.
final class FileUpload {
    let path: String
    private let descriptor: Int32
    private let start: Int
    private let length: Int
    private var position = 0

    /// `nil`: the file does not open, or is shorter than the range; `errno` says why.
    init?(path: String, offset: Int, length: Int) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        self.path = path
        self.descriptor = descriptor
        start = offset
        self.length = length
        var status = stat()
        guard fstat(descriptor, &status) == 0, offset >= 0, length >= 0, Int(status.st_size) >= offset + length else {
            errno = EINVAL
            return nil
        }
    }

    deinit { close(descriptor) }

    /// The number of bytes read, 0 at the end of the range; `nil` when the file cannot give what it had.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        let wanted = min(buffer.count, length - position)
        guard wanted > 0 else { return 0 }
        let count = pread(descriptor, buffer.baseAddress, wanted, off_t(start + position))
        guard count > 0 else { return nil }
        position += count
        return count
    }

    func seek(to position: Int) -> Bool {
        guard (0...length).contains(position) else { return false }
        self.position = position
        return true
    }
}
