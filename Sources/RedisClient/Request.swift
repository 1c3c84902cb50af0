import NIOCore

/// A command on its way, on one event loop.
struct Request {
    let command: RedisCommand
    let deadline: NIODeadline
    let waiter: Waiter
    /// Redirections followed so far.
    var redirections = 0

    /// Who gets the answer, once.
    enum Waiter {
        case caller(CheckedContinuation<Result<RedisValue, RedisError>, Never>)
        case member(Batch, index: Int)
        case handler((Result<RedisValue, RedisError>) -> Void)
    }

    func finish(_ result: Result<RedisValue, RedisError>) {
        switch waiter {
        case .caller(let continuation): continuation.resume(returning: result)
        case .member(let batch, let index): batch.finish(index, result)
        case .handler(let handler): handler(result)
        }
    }
}

/// Commands whose caller waits for all of their answers.
final class Batch {
    private var results: [Result<RedisValue, RedisError>?]
    private var missing: Int
    private let continuation: CheckedContinuation<[Result<RedisValue, RedisError>], Never>

    init(count: Int, _ continuation: CheckedContinuation<[Result<RedisValue, RedisError>], Never>) {
        results = Array(repeating: nil, count: count)
        missing = count
        self.continuation = continuation
    }

    func finish(_ index: Int, _ result: Result<RedisValue, RedisError>) {
        results[index] = result
        missing -= 1
        if missing == 0 { continuation.resume(returning: results.compactMap(\.self)) }
    }
}
