internal import Metrics
internal import Ticketing

/// What the worker counts.
struct WorkerMeasures: Sendable {
    let unusable = Counter(label: "messages_unusable_total")
    let batch = Recorder(label: "worker_batch_orders", aggregate: true)
    private let confirmed = Counter(label: "orders_total", dimensions: [("status", "confirmed")])
    private let rejected = Counter(label: "orders_total", dimensions: [("status", "rejected")])
    /// From the send to the decision.
    private let latency = Timer(label: "order_decision_seconds")

    func decided(_ orders: [Order], _ latencies: [Duration]) {
        for order in orders { (order.status == .confirmed ? confirmed : rejected).increment() }
        for duration in latencies { latency.recordNanoseconds(Int64(max(0, duration / .nanoseconds(1)))) }
    }
}
