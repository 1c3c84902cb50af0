import Foundation
import Glibc
import Provisioning

/// What stdout and stderr are, and how to write to them.
enum Terminal {
    static let isErrorTerminal = isatty(STDERR_FILENO) == 1
    static let isOutputTerminal = isatty(STDOUT_FILENO) == 1
    static let isInputTerminal = isatty(STDIN_FILENO) == 1

    /// Colours for `descriptor`: only on a terminal, and never with NO_COLOR (https://no-color.org).
    static func style(_ descriptor: Int32, _ environment: [String: String]) -> TextStyle {
        let isWanted = (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
        return TextStyle(isColoured: isWanted && isatty(descriptor) == 1)
    }

    static func standardOutput(_ text: String) { write(text, STDOUT_FILENO) }
    static func standardError(_ text: String) { write(text, STDERR_FILENO) }

    static var size: (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return (80, 24) }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Asks on stderr; anything but "y" or "yes" is no.
    static func confirm(_ question: String) -> Bool {
        standardError("\(question) [y/N] ")
        let answer = readLine()?.trimmingCharacters(in: .whitespaces).lowercased()
        return answer == "y" || answer == "yes"
    }

    private static func write(_ text: String, _ descriptor: Int32) {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            written += count
        }
    }
}
