internal import Foundation

/// What a program of this machine wrote until its end.
struct ProgramOutput {
    var status: Int32
    var output: String
    var errors: String

    /// Runs `program` with an empty environment, so that nothing of the caller's reaches the image.
    ///
    /// Standard error is read after standard output: for programs that write less than a pipe holds (64 KiB) to it.
    /// - Throws: what starting it throws.
    init(of program: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = [:]
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        self.output = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        self.errors = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        status = process.terminationStatus
    }
}
