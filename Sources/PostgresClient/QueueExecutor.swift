internal import Dispatch

/// Runs an actor's jobs on one serial dispatch queue, apart from Swift's cooperative threads: libpq resolves names
/// with the blocking `getaddrinfo`, and socket events arrive on the same queue without a hop.
final class QueueExecutor: SerialExecutor {
    let queue: DispatchQueue

    init(label: String) {
        queue = DispatchQueue(label: label)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
