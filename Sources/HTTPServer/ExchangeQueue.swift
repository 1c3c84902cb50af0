internal import NIOCore

/// A request that is being answered, or is and waits for its turn to be sent.
struct Exchange {
    enum State {
        case running(Task<Void, Never>)
        case answered(SynchronousAnswer, (any Error)?)
    }

    let request: HTTPRequest
    let startedAt: NIODeadline
    var state: State
}

/// The exchanges of a connection, in the order of their requests, and the request that must wait for all of them.
final class ExchangeQueue {
    private var exchanges = CircularBuffer<Exchange>(initialCapacity: 1)
    /// Apart from the buffer: it is asked for with each request.
    private(set) var count = 0
    /// Parsed, and begun when all before it are answered.
    private var held: (head: RequestHead, message: ByteBuffer)?
    private(set) var isHolding = false

    var isEmpty: Bool { count == 0 && !isHolding }

    /// Safe requests run at once, up to the limit; any other runs alone.
    func isFull(limit: Int) -> Bool {
        if isHolding || count >= limit { return true }
        guard count > 0, let first = exchanges.first else { return false }
        return !first.request.head.method.isSafe
    }

    func append(_ exchange: Exchange) {
        exchanges.append(exchange)
        count += 1
    }

    func hold(_ head: RequestHead, _ message: ByteBuffer) {
        held = (head, message)
        isHolding = true
    }

    /// The request that was held, once nothing is before it.
    func takeHeld() -> (head: RequestHead, message: ByteBuffer)? {
        guard isHolding, count == 0 else { return nil }
        isHolding = false
        defer { held = nil }
        return held
    }

    func dropHeld() {
        isHolding = false
        held = nil
    }

    /// Notes an answer.
    /// - Returns: false if the exchange has one already, or is gone.
    func answer(_ serial: UInt32, _ answer: SynchronousAnswer, _ error: (any Error)?) -> Bool {
        guard let index = exchanges.firstIndex(where: { $0.request.serial == serial }),
            case .running = exchanges[index].state
        else { return false }
        exchanges[index].state = .answered(answer, error)
        return true
    }

    /// The first exchange, if it has its answer.
    func takeAnswered() -> (Exchange, SynchronousAnswer, (any Error)?)? {
        guard let first = exchanges.first, case .answered(let answer, let error) = first.state else { return nil }
        exchanges.removeFirst()
        count -= 1
        return (first, answer, error)
    }

    /// Those that run, the oldest first.
    var running: [(exchange: Exchange, task: Task<Void, Never>)] {
        exchanges.compactMap { exchange in
            guard case .running(let task) = exchange.state else { return nil }
            return (exchange, task)
        }
    }
}
