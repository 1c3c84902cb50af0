internal import Foundation
internal import Glibc
internal import Synchronization

/// A worker in a process of its own: orders go in as lines of JSON on its stdin, events come out on its stdout.
///
/// ```
/// {"order": WorkerOrder}   {"start": epoch microseconds}   {"stop": true}
/// ```
/// The end of its stdin ends it at once.
public final class ProcessWorker: LoadWorker {
    public let name: String
    private let process: Mutex<Process>
    private let input = Pipe()
    private let output = Pipe()
    private let order: WorkerOrder

    /// - Parameters:
    ///   - executable: this program.
    ///   - arguments: that make it run `WorkerProtocol.serve`.
    ///   - environment: of the process; the secret is put in.
    public init(
        _ order: WorkerOrder, name: String, executable: String, arguments: [String], environment: [String: String],
        secret: [UInt8]?
    ) {
        self.name = name
        self.order = order
        let process = Process()
        process.executableURL = URL(filePath: executable)
        process.arguments = arguments
        var environment = environment
        if let secret { environment[WorkerOrder.secretVariable] = String(decoding: secret, as: UTF8.self) }
        process.environment = environment
        process.standardInput = input
        process.standardOutput = output
        self.process = Mutex(process)
    }

    /// Of the process once it runs.
    public var processID: Int32 { process.withLock { $0.processIdentifier } }

    public func prepare() async throws -> AsyncStream<WorkerEvent> {
        do {
            try process.withLock { try $0.run() }
        } catch {
            throw LoadTestError(
                .worker, "\(name) cannot be started: \(error.localizedDescription)",
                next: "check the limits of this machine (ulimit -u)")
        }
        let (events, continuation) = AsyncStream<WorkerEvent>.makeStream()
        let (output, name) = (output.fileHandleForReading, name)
        // A thread, because reading a pipe blocks.
        Thread.detachNewThread {
            let decoder = JSONDecoder()
            for line in PipeLines(output) {
                do {
                    continuation.yield(try decoder.decode(WorkerEvent.self, from: line))
                } catch {
                    continuation.yield(
                        .failed(
                            LoadTestError(
                                .worker,
                                "\(name) said what is no event: \(String(decoding: line.prefix(120), as: UTF8.self))",
                                next: "run it again")))
                    break
                }
            }
            continuation.finish()
        }
        try send(WorkerCommand(order: order))
        return events
    }

    public func start(atEpochMicroseconds epoch: Int64) async { try? send(WorkerCommand(start: epoch)) }

    public func stop() async { try? send(WorkerCommand(stop: true)) }

    public func kill() async {
        try? input.fileHandleForWriting.close()
        // A stopped process does not hear SIGTERM.
        process.withLock { if $0.isRunning { _ = Glibc.kill($0.processIdentifier, SIGKILL) } }
    }

    /// A worker that has ended is told of by its events.
    private func send(_ command: WorkerCommand) throws {
        try input.fileHandleForWriting.write(contentsOf: JSONEncoder().encode(command) + Data([10]))
    }
}

/// A line to a worker.
struct WorkerCommand: Codable {
    var order: WorkerOrder?
    var start: Int64?
    var stop: Bool?
}

/// The lines that come out of a pipe, as they come.
struct PipeLines: Sequence, IteratorProtocol {
    private static let mostLineBytes = 64 * 1_048_576

    private let file: FileHandle
    private var rest = Data()

    init(_ file: FileHandle) { self.file = file }

    mutating func next() -> Data? {
        while true {
            if let end = rest.firstIndex(of: 10) {
                let line = Data(rest[..<end])
                rest = Data(rest[(end + 1)...])
                return line
            }
            let data = file.availableData
            guard !data.isEmpty, rest.count + data.count <= Self.mostLineBytes else { return nil }
            rest += data
        }
    }
}
