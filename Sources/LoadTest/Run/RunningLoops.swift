internal import NIOCore
internal import Synchronization

/// The loops of an engine, each reached on its own event loop only.
final class RunningLoops: Sendable {
    private let loops = Mutex<[(any EventLoop, NIOLoopBound<LoadLoop>)]>([])

    func append(_ loop: any EventLoop, _ bound: NIOLoopBound<LoadLoop>) { loops.withLock { $0.append((loop, bound)) } }

    func each(_ body: @escaping @Sendable (LoadLoop) -> Void) {
        loops.withLock { loops in
            for (loop, bound) in loops { loop.execute { body(bound.value) } }
        }
    }

    /// Ends each; later calls reach none, so that the event loops may be shut down.
    func endAll() {
        loops.withLock { loops in
            for (loop, bound) in loops { loop.execute { bound.value.end() } }
            loops.removeAll()
        }
    }
}
