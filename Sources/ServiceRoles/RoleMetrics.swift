public import Observability

/// The roles' metrics, in words, and what CloudWatch is told of them.
public enum RoleMetrics {
    public static let descriptions = [
        MetricDescription("http_requests_total", "Requests answered, by operation and status class."),
        MetricDescription("http_request_duration_seconds", "From the last byte of a request to its answer."),
        MetricDescription("http_connections", "Open connections."),
        MetricDescription("http_connections_refused_total", "Connections over the limit."),
        MetricDescription("http_requests_refused_total", "What came and was no request that could be routed."),
        MetricDescription("cache_reads_total", "Section reads, by where the answer came from."),
        MetricDescription("holds_total", "Holds asked for, by outcome."),
        MetricDescription("orders_total", "Orders decided, by status."),
        MetricDescription("order_decision_seconds", "From the send of a commit to its decision."),
        MetricDescription("worker_batch_orders", "Orders decided together."),
        MetricDescription("ledger_batch_size", "Intents written together."),
        MetricDescription("messages_unusable_total", "Queue messages of no known shape."),
        MetricDescription("commits_repaired_total", "Promised commits that the repair loop sent."),
        MetricDescription("records_purged_total", "Answers, quotes and commit records that were old enough to forget."),
        MetricDescription("commit_queue_visible", "Messages that wait."),
        MetricDescription("commit_queue_in_flight", "Messages being handled."),
        MetricDescription("commit_queue_oldest_age_seconds", "Age of the oldest waiting message, where known."),
        MetricDescription("database_pool_wait_seconds", "How long calls waited for a session."),
    ]

    public static let cloudWatch: [EMFReporter.Selection] = [
        .init("http_requests_total", name: "Requests", unit: .count),
        .init("http_requests_total", labels: ["status": "5xx"], name: "Requests5xx", unit: .count),
        .init("http_request_duration_seconds", name: "RequestDuration", unit: .seconds),
        .init("holds_total", labels: ["outcome": "held"], name: "Holds", unit: .count),
        .init("orders_total", labels: ["status": "confirmed"], name: "OrdersConfirmed", unit: .count),
        .init("orders_total", labels: ["status": "rejected"], name: "OrdersRejected", unit: .count),
        .init("order_decision_seconds", name: "OrderDecision", unit: .seconds),
    ]
}
