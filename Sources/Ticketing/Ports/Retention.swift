/// How long the stores remember what no sale needs any more. Orders, tickets and payments are kept for good.
public enum Retention {
    /// Of an answer under an idempotency key, and of a commit record that the queue has.
    public static let answers: Duration = .seconds(7 * 86_400)
    /// Of a quote after its end, if it led to no order and has no payment: longer than a queue keeps a message (SQS:
    /// 14 days at most), so that a dead letter can still be decided.
    public static let intents: Duration = .seconds(30 * 86_400)
}
