public import Foundation

/// The other end of a `ProcessWorker`: obeys lines from `input`, writes events to `output`.
public enum WorkerProtocol {
    /// Returns when the run is over, or when `input` ends.
    public static func serve(input: FileHandle, output: FileHandle, environment: [String: String]) async throws {
        let (commands, continuation) = AsyncStream<WorkerCommand>.makeStream()
        Thread.detachNewThread {
            for line in PipeLines(input) {
                guard let command = try? JSONDecoder().decode(WorkerCommand.self, from: line) else { break }
                continuation.yield(command)
            }
            continuation.finish()
        }
        var engine: LoadEngine?
        var speaking: Task<Void, Never>?
        for await command in commands {
            if let order = command.order, engine == nil {
                let secret = environment[WorkerOrder.secretVariable].map { Array($0.utf8) }
                let made = LoadEngine(order, secret: secret, name: "worker")
                engine = made
                do {
                    let events = try await made.prepare()
                    speaking = Task {
                        for await event in events { say(event, output) }
                        // Nothing more is to be done: the coordinator learns it from the end of the output.
                        continuation.finish()
                    }
                } catch {
                    let failure = error as? LoadTestError ?? LoadTestError(.worker, "\(error)", next: "run it again")
                    say(.failed(failure), output)
                    break
                }
            }
            if let epoch = command.start { await engine?.start(atEpochMicroseconds: epoch) }
            if command.stop == true { await engine?.stop() }
        }
        await engine?.kill()
        await speaking?.value
    }

    private static func say(_ event: WorkerEvent, _ output: FileHandle) {
        guard let line = try? JSONEncoder().encode(event) else { return }
        try? output.write(contentsOf: line + Data([10]))
    }
}
